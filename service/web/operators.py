"""Who may look at the dashboard: the operators' file, TOML, read once at start-up, and passwords of which only scrypt hashes stand anywhere."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate
from werkzeug.security import check_password_hash, generate_password_hash

from service.errors import Problem, RegistrationError

METHOD = "scrypt:32768:8:3"
"""N, r and p: a third of a second and 32 MB for each try. One cost for everybody, so that the time an answer takes names nobody."""
AT_ONCE = 1
"""Passwords looked at at once in one process. Who tries them has that much of a processor, and the hook calls have the rest; the others are told to try again."""
SHORTEST, LONGEST = 12, 1024
_NAME = r"[a-z0-9][a-z0-9._-]{0,63}"
_NOBODY = f"{METHOD}$aaaaaaaaaaaaaaaa${'0' * 128}"

Operators = Mapping[str, str]
"""The hash of each operator's password, by name."""


class _OperatorSchema(Schema):
    class Meta:
        unknown = RAISE

    name = fields.String(
        required=True,
        validate=validate.Regexp(
            _NAME + r"\Z", error="must be lower-case letters, digits, dots, hyphens and underlines, at most 64"
        ),
    )
    password = fields.String(
        required=True,
        validate=validate.Regexp(
            METHOD + r"\$[a-zA-Z0-9]{16,}\$[0-9a-f]{128}\Z",
            error=f"must be a hash that begins with {METHOD}, as `claudication operator NAME` prints it; never the password itself",
        ),
    )


class _FileSchema(Schema):
    class Meta:
        unknown = RAISE

    operators = fields.List(fields.Nested(_OperatorSchema), required=True, validate=validate.Length(min=1))


def load_operators_file(path: Path) -> Operators:
    """The operators by name. Raises RegistrationError with every problem, and never with a value that may be a password."""
    try:
        rows = _FileSchema().load(tomllib.loads(path.read_text(encoding="utf-8")))["operators"]
    except OSError as error:
        raise _wrong(path, f"cannot be read ({error.strerror}); check the path and its permissions") from error
    except ValidationError as error:
        raise _wrong(
            path, f"{'; '.join(_told(error.messages_dict))}. An entry is made by `claudication operator NAME`"
        ) from error
    except ValueError as error:
        raise _wrong(path, "is not valid TOML in UTF-8; correct it") from error
    operators = {row["name"]: row["password"] for row in rows}
    if len(operators) < len(rows):
        raise _wrong(path, "names somebody twice; keep one entry for each")
    return operators


def entry(name: str, password: str) -> str:
    """What to put into the file for somebody. Raises ValidationError for a name or a password that is not taken."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ValidationError(f"a password has at least {SHORTEST} characters and at most {LONGEST}")
    row = {"name": name, "password": generate_password_hash(password, METHOD)}
    _OperatorSchema().load(row)
    return f'[[operators]]\nname = "{row["name"]}"\npassword = "{row["password"]}"\n'


def is_operator(operators: Operators, name: str, password: str) -> bool:
    """Whether this is the password of this name. A name that is not there takes as long as one that is."""
    fits = check_password_hash(operators.get(name, _NOBODY), password[:LONGEST])
    return fits and name in operators and len(password) <= LONGEST


def fingerprint(operators: Operators, name: str) -> str:
    """Changes with the password: a session begun with another one is over. "" for who is no operator."""
    return hashlib.sha256(operators[name].encode()).hexdigest()[:32] if name in operators else ""


def _told(messages: Mapping[Any, Any], place: str = "") -> list[str]:
    told: list[str] = []
    for key, value in messages.items():
        where = f"{place}[{key}]" if isinstance(key, int) else f"{place}.{key}".lstrip(".")
        told += _told(value, where) if isinstance(value, Mapping) else [f"{where}: {' '.join(value)}"]
    return told


def _wrong(path: Path, said: str) -> RegistrationError:
    return RegistrationError(Problem(issue_type="exception", diagnostics=f"operators file {path}: {said}"))

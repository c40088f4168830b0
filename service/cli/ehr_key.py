"""`claudication ehr-key`: our own keys, with which this service signs for the EHR's token server."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click
import orjson

from service.errors import RegistrationError
from service.outbound.signing_keys import ALGORITHMS, Json, load_signing_keys, new_key


@click.command(name="ehr-key")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--algorithm",
    type=click.Choice(sorted(ALGORITHMS.values())),
    default="ES384",
    show_default=True,
    help="What the new key is for.",
)
@click.option("--sign-with", "kid", metavar="KID", help="Make no key; sign with this one of the file from now on.")
def ehr_key(file: Path, algorithm: str, kid: str | None) -> None:
    """Put a new key at the end of FILE, where it is published and does not sign yet; the only key of a file signs.

    To change keys: add one, restart, wait until the EHR has fetched the new set (a day), then --sign-with it and restart. Take the old one out when its last
    token has expired. Only public halves are printed.
    """
    keys = _keys(file) if file.exists() else []
    if kid is None:
        kid = f"{algorithm.lower()}-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.urandom(3).hex()}"
        keys.append(new_key(algorithm, kid))
    else:
        chosen = [key for key in keys if key["kid"] == kid]
        if not chosen:
            raise click.ClickException(
                f"{file} has no key {kid!r}; it has {', '.join(str(key['kid']) for key in keys) or 'none'}"
            )
        keys = [*chosen, *(key for key in keys if key not in chosen)]
    _write(file, keys)
    published = load_signing_keys(file).published
    click.echo(orjson.dumps(published, option=orjson.OPT_INDENT_2))
    click.echo(
        f"{keys[0]['kid']} signs. The public keys are above, and at /.well-known/jwks.json of a service that has this file.",
        err=True,
    )


def _keys(file: Path) -> list[Json]:
    try:
        load_signing_keys(file)
    except RegistrationError as error:
        raise click.ClickException(str(error)) from None
    keys: list[Json] = orjson.loads(file.read_bytes())["keys"]
    return keys


def _write(file: Path, keys: list[Json]) -> None:
    """Readable by its owner only, and whole or not at all."""
    new = file.with_name(f".{file.name}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as written:
        written.write(orjson.dumps({"keys": keys}, option=orjson.OPT_INDENT_2))
    new.replace(file)

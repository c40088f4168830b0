"""Requests made from openapi.yaml by a fuzzer: no fault, no status or shape that the document does not have."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from service.app import create_app, deploy
from service.config import load_settings

SPEC = yaml.load((Path(__file__).parents[2] / "openapi.yaml").read_text(), Loader=yaml.CSafeLoader)
OPERATIONS = [(path, method, GenerationMode.POSITIVE) for path, operations in SPEC["paths"].items() for method in operations]
# Where only headers of any text can be given there is nothing to get wrong.
OPERATIONS += [
    (path, method, GenerationMode.NEGATIVE) for path, method, _ in OPERATIONS if path.startswith("/fhir/") and method != "delete"
]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    deployment = deploy(
        load_settings(
            {
                "CLAUDICATION_DATABASE_URL": f"sqlite:///{tmp_path_factory.mktemp('fuzzed')}/audit.db",
                # Otherwise the fuzzer gets no further than to be asked for a token.
                "CLAUDICATION_DEVELOPMENT": "true",
            }
        ),
        clock=lambda: datetime(2026, 3, 2, tzinfo=UTC),
        log_to=io.BytesIO(),
    )
    yield schemathesis.openapi.from_wsgi("/openapi.yaml", create_app(deployment))
    deployment.assessments.close()


def named(part: object) -> str:
    return str(getattr(part, "value", part)).strip("/")


@pytest.mark.parametrize(("path", "method", "mode"), OPERATIONS, ids=named)
def test_what_a_fuzzer_sends_is_answered_as_documented(fuzzed: Any, path: str, method: str, mode: GenerationMode) -> None:
    """The same few requests every time."""
    fuzz(fuzzed, path, method, mode, examples=8 if method == "post" else 4, derandomize=True)


@pytest.mark.slow
@pytest.mark.parametrize(("path", "method", "mode"), OPERATIONS, ids=named)
def test_what_a_fuzzer_sends_all_night_is_answered_as_documented(
    fuzzed: Any, path: str, method: str, mode: GenerationMode
) -> None:
    """Other requests every night."""
    fuzz(fuzzed, path, method, mode, examples=1000 if method == "post" else 100, derandomize=False)


def fuzz(fuzzed: Any, path: str, method: str, mode: GenerationMode, *, examples: int, derandomize: bool) -> None:
    operation = fuzzed[path][method.upper()]
    quiet = settings(
        max_examples=examples,
        deadline=None,
        derandomize=derandomize,
        database=None,
        suppress_health_check=list(HealthCheck),
    )

    @quiet
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case: Any) -> None:
        case.call_and_validate(checks=CHECKS)

    holds()

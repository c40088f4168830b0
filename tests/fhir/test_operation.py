"""What a request document asks for: everything wrong with it is said at once, with name, value and remedy."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from service.clinical.assessment import Setting
from service.errors import BadRequest, ClaudicationError, Unprocessable
from service.fhir.answer import Output
from service.fhir.operation import AssessmentRequest, parse_as_of, read_request

BUNDLE: dict[str, Any] = {"resourceType": "Bundle", "type": "collection"}


def parameters(*given: Any) -> dict[str, Any]:
    return {"resourceType": "Parameters", "parameter": [{"name": "bundle", "resource": BUNDLE}, *given]}


def refused(document: Any, options: dict[str, list[str]] | None = None) -> ClaudicationError:
    with pytest.raises(ClaudicationError) as raised:
        read_request(document, options)
    return raised.value


def test_a_bare_bundle_gets_the_defaults() -> None:
    assert read_request(BUNDLE) == AssessmentRequest(
        bundle=BUNDLE, setting=Setting.PRIMARY_CARE, as_of=None, output=Output.COLLECTION
    )


def test_options_beside_a_bundle_are_read() -> None:
    asked = read_request(BUNDLE, {"setting": ["spine-clinic"], "asOf": ["2026-03-02T10:30:00+01:00"], "output": ["transaction"]})
    assert asked.setting is Setting.SPINE_CLINIC
    assert asked.as_of == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert asked.output is Output.TRANSACTION


@pytest.mark.parametrize("key", ["valueDateTime", "valueInstant"])
def test_parameters_are_read(key: str) -> None:
    asked = read_request(
        parameters({"name": "setting", "valueString": "vascular-clinic"}, {"name": "asOf", key: "2026-03-02T09:30:00Z"})
    )
    assert asked == AssessmentRequest(
        bundle=BUNDLE, setting=Setting.VASCULAR_CLINIC, as_of=datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    )


@pytest.mark.parametrize(("given", "asked"), [(True, True), (False, False)])
def test_explain_is_a_boolean_of_parameters(given: bool, asked: bool) -> None:
    assert read_request(parameters({"name": "explain", "valueBoolean": given})).explain is asked


@pytest.mark.parametrize(("given", "asked"), [("true", True), ("false", False)])
def test_explain_is_a_word_of_a_query(given: str, asked: bool) -> None:
    assert read_request(BUNDLE, {"explain": [given]}).explain is asked


def test_a_date_is_its_last_second() -> None:
    assert read_request(parameters({"name": "asOf", "valueDate": "2026-03-02"})).as_of == datetime(
        2026, 3, 2, 23, 59, 59, tzinfo=UTC
    )


@pytest.mark.parametrize(
    "text",
    [
        *("2026", "2026-03", "2026-02-30", "2026-03-02T09:30:00", "now", "", "2026-03-02Tnoon:00Z"),
        # Where they are, still in the calendar; in UTC no more.
        *("9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_an_as_of_that_is_no_moment_is_none(text: str) -> None:
    assert parse_as_of(text) is None


@pytest.mark.parametrize(
    ("document", "kind", "told"),
    [
        ([], BadRequest, "an array"),
        ("x", BadRequest, "a string"),
        (None, BadRequest, "null"),
        (True, BadRequest, "true or false"),
        (1.5, BadRequest, "a number"),
        ({}, BadRequest, "no resourceType"),
        ({"resourceType": 7}, BadRequest, "no resourceType"),
        ({"resourceType": ""}, BadRequest, "no resourceType"),
        ({"resourceType": "Patient"}, Unprocessable, "'Patient'"),
    ],
)
def test_what_is_neither_bundle_nor_parameters_is_refused(document: Any, kind: type[ClaudicationError], told: str) -> None:
    error = refused(document)
    assert type(error) is kind
    assert told in str(error)
    assert "Bundle" in str(error)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"setting": ["hospital"]}, "setting is 'hospital'; allowed: primary-care, vascular-clinic, spine-clinic"),
        ({"setting": [""]}, "setting is ''"),
        ({"explain": ["yes"]}, "explain is 'yes'; allowed: true, false"),
        ({"output": ["html"]}, "output is 'html'; allowed: collection, transaction"),
        ({"asOf": ["soon"]}, "asOf is 'soon'; give a date"),
        ({"asof": ["2026-03-02"]}, "no option 'asof'; there are: setting, asOf, output"),
        ({"setting": ["spine-clinic", "spine-clinic"]}, "setting is given more than once"),
    ],
)
def test_a_wrong_option_is_refused_with_what_is_allowed(options: dict[str, list[str]], told: str) -> None:
    assert told in str(refused(BUNDLE, options))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"name": "settings", "valueCode": "x"}, "no option 'settings'"),
        ({"valueCode": "x"}, "no option 'None'"),
        ({"name": "setting", "valueInteger": 1}, "setting has no value; give it as valueCode"),
        ({"name": "bundle", "resource": {"resourceType": "Patient"}}, "holds no Bundle"),
        ({"name": "bundle", "resource": BUNDLE}, "2 parameters named bundle"),
    ],
)
def test_a_wrong_parameter_is_named_with_its_place(given: dict[str, Any], told: str) -> None:
    error = refused(parameters(given))
    assert told in str(error)
    assert error.problems[0].expression.startswith("Parameters.parameter")


@pytest.mark.parametrize("document", [{"resourceType": "Parameters"}, {"resourceType": "Parameters", "parameter": "x"}])
def test_parameters_without_a_bundle_are_refused(document: Any) -> None:
    assert "0 parameters named bundle" in str(refused(document))


def test_everything_wrong_is_said_at_once() -> None:
    assert len(refused(BUNDLE, {"setting": ["x"], "asOf": ["x"], "output": ["x"], "x": ["x"]}).problems) == 4


def test_options_beside_parameters_are_refused() -> None:
    assert "output is given beside Parameters" in str(refused(parameters(), {"output": ["transaction"]}))

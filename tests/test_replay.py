"""A recorded assessment made again: what changed, and through which entry of the evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from service.clinical.assessment import Setting
from service.evidence.loader import load_evidence, read_files, version_of
from service.fhir.mapping import DeploymentCodes
from service.pipeline import assess_bundle
from service.replay import LEADING, ORDERS, PROBABILITIES, Replayer, outcome
from service.store.record_values import KeptRecord
from tests.claudicant import claudicant

AS_OF = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TODAY = read_files()
EVIDENCE = load_evidence(TODAY)


def then(*changes: tuple[str, str, str]) -> dict[str, bytes]:
    """Evidence files that differ from today's in some words."""
    files = dict(TODAY)
    for file, new, old in changes:
        assert files[file].count(new.encode()) >= 1
        files[file] = files[file].replace(new.encode(), old.encode(), 1)
    return files


def record_with(files: dict[str, bytes]) -> KeptRecord:
    """The claudicant, assessed with this evidence."""
    evidence = load_evidence(files)
    assessment = assess_bundle(claudicant(), evidence, as_of=AS_OF, setting=Setting.SPINE_CLINIC).assessment
    leading = outcome(assessment)[LEADING]
    return KeptRecord(
        record_id="r",
        recorded_at=AS_OF,
        as_of=AS_OF,
        door="fhir-operation",
        setting="spine-clinic",
        service_version="0",
        evidence_version=evidence.version,
        leading_diagnosis=leading[0] if leading else None,
        pad_right=assessment.indices.right.pad_status.value,
        pad_left=assessment.indices.left.pad_status.value,
        red_flags=tuple(flag.code for flag in assessment.red_flags),
        orders=tuple(order.code for order in assessment.orders),
        asked={"bundle": claudicant(), "strict": False},
    )


def replayer(files: dict[str, bytes] | None = None) -> Replayer:
    kept = {} if files is None else {version_of(files): files}
    return Replayer(TODAY, EVIDENCE, kept.get, DeploymentCodes())


def test_with_the_same_evidence_nothing_changes() -> None:
    done = replayer().replay(record_with(dict(TODAY)))
    assert (done.by_evidence, done.by_software, done.failed, done.then_unknown) == ((), (), "", "")


def prior_of_today() -> str:
    """The words of the file that give the pre-test probability of a vascular cause in a spine clinic."""
    text = TODAY["priors.toml"].decode()
    start = text.index('setting = "spine-clinic"')
    line = next(line for line in text[start:].splitlines() if line.startswith("probability"))
    return text[start : text.index(line, start) + len(line)]


def test_a_changed_number_is_named_by_its_entry_and_an_idle_one_is_not() -> None:
    today = prior_of_today()
    old = today[: today.rindex("probability")] + "probability = { value = 0.5, low = 0.4, high = 0.6 }"
    files = then(("priors.toml", today, old), ("likelihood_ratios.toml", "value = 3.08", "value = 9.08"))
    done = replayer(files).replay(record_with(files))
    assert done.by_software == ()
    [probabilities] = [changed for changed in done.by_evidence if changed.aspect == PROBABILITIES]
    assert [one.file for one in probabilities.through] == ["priors.toml"]


def test_what_the_software_changed_is_told_apart() -> None:
    record = replace(record_with(dict(TODAY)), orders=("leeches",), leading_diagnosis=None)
    done = replayer().replay(record)
    assert {changed.aspect: changed.before for changed in done.by_software} == {ORDERS: ("leeches",), LEADING: ()}
    assert done.by_evidence == ()


def test_evidence_that_was_never_kept_leaves_what_was_recorded_to_compare_with() -> None:
    record = replace(record_with(dict(TODAY)), evidence_version="unknown", orders=())
    done = replayer().replay(record)
    assert "was never kept here" in done.then_unknown
    assert [changed.aspect for changed in done.by_evidence] == [ORDERS]


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({name: text for name, text in TODAY.items() if name != "priors.toml"}, "has no priors.toml"),
        (dict(TODAY) | {"priors.toml": b"prior = 1"}, "cannot be read by this version"),
    ],
)
def test_evidence_that_cannot_be_used_any_more_is_said(files: dict[str, bytes], why: str) -> None:
    record = replace(record_with(dict(TODAY)), evidence_version="old")
    done = Replayer(TODAY, EVIDENCE, {"old": files}.get, DeploymentCodes()).replay(record)
    assert why in done.then_unknown


def test_without_its_input_a_record_cannot_be_made_again() -> None:
    done = replayer().replay(replace(record_with(dict(TODAY)), asked=None))
    assert "CLAUDICATION_KEEP_PATIENT_DATA=input-and-result" in done.failed


def test_an_input_that_is_refused_today_is_said() -> None:
    done = replayer().replay(replace(record_with(dict(TODAY)), asked={"bundle": {"resourceType": "Patient"}, "strict": False}))
    assert done.failed.startswith("it cannot be assessed any more")


def test_an_input_that_todays_code_stumbles_over_is_said_without_its_text() -> None:
    done = replayer().replay(replace(record_with(dict(TODAY)), setting="a clinic that there was"))
    assert done.failed == "a fault in this service kept it from being assessed (ValueError)"

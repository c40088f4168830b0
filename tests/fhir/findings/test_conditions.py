from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from service.clinical.findings import FindingValue
from service.fhir.findings.conditions import read_condition
from service.fhir.mapping import DeploymentCodes, MappedFinding
from service.fhir.terminology.code import CONDITION_CLINICAL, CONDITION_VERIFICATION, ICD10CM, SNOMED
from tests.fhir.entries import context_of, entry_of, issue_codes, values

RIGHT_FOOT = {"coding": [{"system": SNOMED, "code": "24028007"}], "text": "foot"}
THREAT = "diagnosed-chronic-limb-threatening-ischaemia"
LEFT_EXPRESSION = {"coding": [{"system": SNOMED, "code": "78883009:272741003=7771000"}]}


def _condition(*codes: tuple[str, str], clinical: str = "active", verification: str = "confirmed", **rest: Any) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "clinicalStatus": {"coding": [{"system": CONDITION_CLINICAL, "code": clinical}]},
        "verificationStatus": {"coding": [{"system": CONDITION_VERIFICATION, "code": verification}]},
        "code": {"coding": [{"system": system, "code": code} for system, code in codes]},
        **rest,
    }


def _read(condition: dict[str, Any], codes: DeploymentCodes | None = None) -> tuple[dict[str, FindingValue], list[str]]:
    read = read_condition(entry_of(condition), context_of(codes))
    assert read is not None
    assert all(
        issue.source == "Condition/1" and issue.expression.startswith("Bundle.entry[0].resource.") for issue in read.issues
    )
    return values(read), issue_codes(read)


def test_another_resource_is_not_for_this_reader() -> None:
    assert read_condition(entry_of({"resourceType": "Observation"}), context_of()) is None


@pytest.mark.parametrize(
    ("code", "findings"),
    [
        ((SNOMED, "44054006"), {"diabetes": True}),
        ((SNOMED, "63491006"), {"leg-pain-on-walking": True}),
        ((SNOMED, "303081002"), {"known-lumbar-stenosis": True, "leg-pain-on-walking": True}),
        ((ICD10CM, "I70.211"), {"known-pad": True, "leg-pain-on-walking": True, "symptom-side": "right"}),
        ((ICD10CM, "I70.213"), {"known-pad": True, "leg-pain-on-walking": True, "symptom-side": "both"}),
        ((ICD10CM, "I70.222"), {"known-pad": True, "rest-pain-foot": True, "symptom-side": "left", f"{THREAT}-left": True}),
        (
            (ICD10CM, "I70.263"),
            {"known-pad": True, "gangrene-right": True, "gangrene-left": True, f"{THREAT}-right": True, f"{THREAT}-left": True},
        ),
        ((ICD10CM, "I70.245"), {"known-pad": True, "foot-wound-left": True, f"{THREAT}-left": True}),
        ((ICD10CM, "Z91.041"), {"contrast-allergy": True}),
        ((ICD10CM, "Z89.512"), {"leg-amputated-left": True}),
        ((ICD10CM, "Z87.891"), {"smoking-status": "former"}),
    ],
)
def test_an_active_confirmed_condition_states_its_findings(code: tuple[str, str], findings: dict[str, FindingValue]) -> None:
    assert _read(_condition(code)) == (findings, [])


def test_without_statuses_a_condition_counts() -> None:
    condition = _condition((SNOMED, "73211009"))
    del condition["clinicalStatus"], condition["verificationStatus"]
    assert _read(condition) == ({"diabetes": True}, [])


def test_a_status_in_words_is_read() -> None:
    assert _read(_condition((SNOMED, "44054006")) | {"verificationStatus": {"text": "Provisional"}}) == ({}, ["status-excluded"])


@pytest.mark.parametrize("verification", ["unconfirmed", "provisional", "differential", "entered-in-error", "unheard-of"])
def test_what_is_not_confirmed_is_not_used(verification: str) -> None:
    assert _read(_condition((SNOMED, "73211009"), verification=verification)) == ({}, ["status-excluded"])


def test_diabetes_refuted_is_no_diabetes() -> None:
    assert _read(_condition((SNOMED, "73211009"), verification="refuted")) == ({"diabetes": False}, ["assumed"])


@pytest.mark.parametrize("code", [(SNOMED, "44054006"), (ICD10CM, "E11.9"), (ICD10CM, "I70.261")])
def test_one_kind_refuted_leaves_the_others_open(code: tuple[str, str]) -> None:
    assert _read(_condition(code, verification="refuted")) == ({}, ["status-excluded"])


@pytest.mark.parametrize("clinical", ["resolved", "inactive", "remission"])
@pytest.mark.parametrize(
    ("code", "findings", "issues"),
    [
        ((SNOMED, "44054006"), {}, ["status-excluded"]),
        ((SNOMED, "63491006"), {}, ["status-excluded"]),
        ((SNOMED, "230690007"), {"cerebrovascular-disease": True}, []),
        ((SNOMED, "53741008"), {"coronary-artery-disease": True}, []),
        ((SNOMED, "404223003"), {"prior-dvt": True}, []),
        ((SNOMED, "77176002"), {"smoking-status": "former"}, []),
        ((ICD10CM, "I70.211"), {"known-pad": True}, []),
        ((SNOMED, "192970008"), {}, ["status-excluded"]),
        ((ICD10CM, "Z95.0"), {}, ["status-excluded"]),
    ],
)
def test_what_has_ended_counts_only_where_it_leaves_a_mark(
    clinical: str, code: tuple[str, str], findings: dict[str, FindingValue], issues: list[str]
) -> None:
    assert _read(_condition(code, clinical=clinical)) == (findings, issues)


@pytest.mark.parametrize(
    ("code", "findings"),
    [
        ((SNOMED, "192970008"), {"diagnosed-cauda-equina-syndrome": True}),
        ((SNOMED, "12454008"), {"diagnosed-cauda-equina-syndrome": True}),
        ((ICD10CM, "G83.4"), {"diagnosed-cauda-equina-syndrome": True}),
        ((SNOMED, "1230182004"), {"diagnosed-acute-limb-ischaemia": True}),
        ((ICD10CM, "I74.3"), {"diagnosed-acute-limb-ischaemia": True}),
        ((SNOMED, "233962007"), {"known-pad": True, THREAT: True}),
        ((SNOMED, "404223003"), {"prior-dvt": True, "diagnosed-deep-vein-thrombosis": True}),
        ((ICD10CM, "I71.33"), {"abdominal-aortic-aneurysm": True, "diagnosed-abdominal-aortic-aneurysm": True}),
        ((ICD10CM, "M46.26"), {"diagnosed-spinal-infection": True}),
        ((ICD10CM, "G06.1"), {"diagnosed-spinal-infection": True}),
        ((ICD10CM, "C41.2"), {"cancer-history": True, "diagnosed-spinal-malignancy": True}),
        ((ICD10CM, "S32.010A"), {"diagnosed-vertebral-fracture": True}),
        ((ICD10CM, "M48.56XA"), {"diagnosed-vertebral-fracture": True}),
        ((ICD10CM, "M80.08XA"), {"osteoporosis-or-steroids": True, "diagnosed-vertebral-fracture": True}),
        ((ICD10CM, "T79.A21A"), {"diagnosed-acute-compartment-syndrome": True}),
    ],
)
def test_an_emergency_recorded_as_current_goes_on_as_a_diagnosis(
    code: tuple[str, str], findings: dict[str, FindingValue]
) -> None:
    assert _read(_condition(code)) == (findings, [])


@pytest.mark.parametrize("code", [(SNOMED, "236648008"), (SNOMED, "111245009"), (ICD10CM, "M79.A21")])
def test_what_need_not_be_the_emergency_is_said_and_not_taken_for_it(code: tuple[str, str]) -> None:
    assert _read(_condition(code)) == ({}, ["value-missing"])


@pytest.mark.parametrize("code", ["S32.010D", "S32.010S", "T79.A21D", "M48.56XG"])
def test_an_injury_that_heals_or_is_past_is_no_diagnosis_of_today(code: str) -> None:
    assert _read(_condition((ICD10CM, code))) == ({}, ["not-relevant"])


@pytest.mark.parametrize(
    ("code", "dates", "expected"),
    [
        # A clot counts from when it formed, gangrene from when somebody last wrote it down.
        ("I82.401", {"onsetDateTime": "2019-03-01", "recordedDate": "2026-10-30"}, datetime(2019, 3, 1, tzinfo=UTC)),
        ("I82.401", {"recordedDate": "2026-10-30"}, datetime(2026, 10, 30, tzinfo=UTC)),
        ("I70.262", {"onsetDateTime": "2026-02-01", "recordedDate": "2026-10-30"}, datetime(2026, 10, 30, tzinfo=UTC)),
        ("I70.262", {"onsetPeriod": {"end": "2026-02-01"}}, datetime(2026, 2, 1, tzinfo=UTC)),
    ],
)
def test_when_a_diagnosis_was_made(code: str, dates: dict[str, Any], expected: datetime) -> None:
    read = read_condition(entry_of(_condition((ICD10CM, code), **dates)), context_of())
    assert read is not None
    assert {one.recorded_at for one in read.findings if one.code.startswith("diagnosed-")} == {expected}


def test_a_suspected_emergency_is_not_used_and_not_left_at_that() -> None:
    read = read_condition(entry_of(_condition((ICD10CM, "G83.4"), verification="differential")), context_of())
    assert read is not None
    assert values(read) == {}
    assert "a suspicion of this is acted on" in read.issues[0].detail
    mistaken = read_condition(entry_of(_condition((ICD10CM, "G83.4"), verification="entered-in-error")), context_of())
    assert mistaken is not None
    assert "suspicion" not in mistaken.issues[0].detail


@pytest.mark.parametrize(
    ("rest", "findings"),
    [
        ({"abatementDateTime": "2026-05-01"}, {}),
        ({"abatementString": "in childhood"}, {}),
        ({"abatementPeriod": {"end": "2026-05-01"}}, {}),
        ({"abatementDateTime": "2027-05-01"}, {"diabetes": True}),
    ],
)
def test_without_a_status_the_end_of_a_condition_is_its_end(rest: dict[str, Any], findings: dict[str, FindingValue]) -> None:
    condition = _condition((SNOMED, "44054006"), **rest)
    del condition["clinicalStatus"]
    assert _read(condition)[0] == findings


@pytest.mark.parametrize(
    ("rest", "findings", "issue"),
    [
        # I70.262 is the left leg.
        ({"bodySite": [RIGHT_FOOT]}, {"known-pad": True, THREAT: True}, ("conflicting-answers", False)),
        (
            {"text": "Gangrene, right foot"},
            {"known-pad": True, "gangrene-left": True, f"{THREAT}-left": True},
            ("conflicting-answers", True),
        ),
    ],
)
def test_a_code_and_a_site_that_name_different_legs_are_not_reconciled_by_guessing(
    rest: dict[str, Any], findings: dict[str, FindingValue], issue: tuple[str, bool]
) -> None:
    condition = _condition((ICD10CM, "I70.262"))
    if "text" in rest:
        condition["code"]["text"] = rest["text"]
    else:
        condition |= rest
    read = read_condition(entry_of(condition), context_of())
    assert read is not None
    assert values(read) == findings
    assert issue in [(one.code.value, one.used) for one in read.issues]


@pytest.mark.parametrize(
    ("code", "findings", "issue"),
    [
        ((SNOMED, "400047006"), {"known-pad": True}, "assumed"),
        ((ICD10CM, "N18.6"), {"chronic-kidney-disease": True, "dialysis": True}, "assumed"),
        ((ICD10CM, "N18.2"), {}, "not-relevant"),
        ((SNOMED, "441509002"), {"implanted-device-mri-safety-unknown": True}, "assumed"),
        ((ICD10CM, "M79.604"), {}, "not-relevant"),
        ((ICD10CM, "L97.211"), {}, "site-not-understood"),
        ((SNOMED, "444814009"), {}, "not-relevant"),
    ],
)
def test_what_is_not_used_or_taken_loosely_is_said(code: tuple[str, str], findings: dict[str, FindingValue], issue: str) -> None:
    assert _read(_condition(code)) == (findings, [issue])


def test_words_alone_are_not_read() -> None:
    assert _read(_condition() | {"code": {"text": "diabetes"}}) == ({}, ["code-not-understood"])


@pytest.mark.parametrize(
    ("rest", "findings", "issues"),
    [
        ({}, {}, ["side-missing"]),
        ({"bodySite": [RIGHT_FOOT]}, {"gangrene-right": True}, []),
        ({"bodySite": [LEFT_EXPRESSION]}, {"gangrene-left": True}, []),
        ({"bodySite": [RIGHT_FOOT, LEFT_EXPRESSION]}, {"gangrene-right": True, "gangrene-left": True}, []),
        ({"bodySite": [{"text": "Both feet"}]}, {"gangrene-right": True, "gangrene-left": True}, []),
        ({"bodySite": [{"text": "left forefoot"}]}, {"gangrene-left": True}, []),
        ({"bodySite": [{"text": "right hand"}]}, {}, ["site-not-understood"]),
        ({"bodySite": [{"coding": [{"system": SNOMED, "code": "368209003"}]}]}, {}, ["site-not-understood"]),
        (
            {"code": {"coding": [{"system": ICD10CM, "code": "I96"}], "text": "Gangrene of right toe"}},
            {"gangrene-right": True},
            ["assumed"],
        ),
        ({"code": {"coding": [{"system": ICD10CM, "code": "I96"}], "text": "Gangrene of right finger"}}, {}, ["side-missing"]),
    ],
)
def test_gangrene_is_given_only_to_the_leg_that_is_named(
    rest: dict[str, Any], findings: dict[str, FindingValue], issues: list[str]
) -> None:
    assert _read(_condition((ICD10CM, "I96")) | rest) == (findings, issues)


def test_claudication_of_one_leg_by_its_body_site() -> None:
    assert _read(_condition((SNOMED, "63491006"), bodySite=[RIGHT_FOOT])) == (
        {"leg-pain-on-walking": True, "symptom-side": "right"},
        [],
    )


def test_words_that_name_a_side_change_nothing_where_no_side_matters() -> None:
    condition = _condition((SNOMED, "44054006"))
    condition["code"]["text"] = "Diabetes, right foot involved"
    assert _read(condition) == ({"diabetes": True}, [])


def test_a_revascularisation_of_unknown_side_keeps_the_rest() -> None:
    assert _read(_condition((ICD10CM, "Z95.820"))) == ({}, ["side-missing"])
    assert _read(_condition((ICD10CM, "E11.52"))) == ({"diabetes": True, "known-pad": True}, ["side-missing"])


def test_two_codings_of_one_gangrene_are_one_gangrene() -> None:
    both = _condition((SNOMED, "195303005"), (ICD10CM, "I70.262"))
    assert _read(both) == ({"gangrene-left": True, "known-pad": True, f"{THREAT}-left": True}, [])
    assert _read(_condition((SNOMED, "195303005"), (SNOMED, "49176002"))) == ({}, ["side-missing"])


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ({"recordedDate": "2020-05-01", "onsetDateTime": "2019"}, datetime(2020, 5, 1, tzinfo=UTC)),
        ({"onsetDateTime": "2019"}, datetime(2019, 1, 1, tzinfo=UTC)),
        ({"onsetPeriod": {"start": "2018-02"}}, datetime(2018, 2, 1, tzinfo=UTC)),
        ({"onsetString": "childhood"}, None),
    ],
)
def test_when_it_was_recorded(dates: dict[str, Any], expected: datetime | None) -> None:
    read = read_condition(entry_of(_condition((SNOMED, "44054006"), **dates)), context_of())
    assert read is not None
    assert [finding.recorded_at for finding in read.findings] == [expected]


@pytest.mark.parametrize(
    ("recorded", "findings", "issues"),
    [("2026-06-01", {"pregnant": True}, []), ("2025-06-01", {}, ["stale"]), (None, {"pregnant": True}, [])],
)
def test_a_pregnancy_of_last_year_is_over(recorded: str | None, findings: dict[str, FindingValue], issues: list[str]) -> None:
    dates = {"recordedDate": recorded} if recorded else {}
    assert _read(_condition((SNOMED, "72892002"), **dates)) == (findings, issues)


@pytest.mark.parametrize(
    ("mapped", "findings", "issues"),
    [
        (MappedFinding(code="contrast-allergy"), {"contrast-allergy": True}, []),
        (MappedFinding(code="smoking-status", value="never"), {"smoking-status": "never"}, []),
        (MappedFinding(code="smoking-status"), {}, ["code-not-understood"]),
    ],
)
def test_a_code_of_the_deployment_goes_before_ours(
    mapped: MappedFinding, findings: dict[str, FindingValue], issues: list[str]
) -> None:
    codes = DeploymentCodes(findings={(SNOMED, "44054006"): mapped})
    assert _read(_condition((SNOMED, "44054006")), codes) == (findings, issues)

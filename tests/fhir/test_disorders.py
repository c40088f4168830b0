from __future__ import annotations

import pytest

from service.clinical.measurements import Side
from service.clinical.record_facts import RECORD_FINDINGS
from service.clinical.vocabulary import VOCABULARY
from service.fhir.terminology import (
    allergens,
    answers,
    disorder_claims,
    disorders,
    implants,
    procedures,
    recorded_orders,
    relatives,
)
from service.fhir.terminology.code import ICD10CM, LOINC, SNOMED
from service.fhir.terminology.disorder_claims import Claim, Disorder, Reach
from service.fhir.terminology.disorders import disorders_of

WHO = "http://hl7.org/fhir/sid/icd-10"
R, L = (Side.RIGHT,), (Side.LEFT,)
BOTH = (Side.RIGHT, Side.LEFT)


def _claims(system: str, code: str) -> set[str]:
    return {claim.finding for recorded in disorders_of(system, code) for claim in recorded.disorder.claims}


def _verhoeff(identifier: str) -> bool:
    """The check digit of SNOMED CT, computed in the dihedral group of the pentagon."""

    def multiply(a: int, b: int) -> int:
        if a < 5:
            return (a + b) % 5 if b < 5 else 5 + (a + b) % 5
        return 5 + (a - b) % 5 if b < 5 else (a - b) % 5

    def permute(digit: int, times: int) -> int:
        for _ in range(times % 8):
            digit = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)[digit]
        return digit

    check = 0
    for place, digit in enumerate(reversed(identifier)):
        check = multiply(check, permute(int(digit), place))
    return check == 0


def _luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number.replace("-", ""))]
    return sum(digit if place % 2 == 0 else sum(divmod(digit * 2, 10)) for place, digit in enumerate(digits)) % 10 == 0


def test_check_digits() -> None:
    others = [code for code in vars(answers).values() if isinstance(code, answers.Code)]
    snomed = [*disorders._SNOMED, *(code.code for code in others if code.system == SNOMED)]
    snomed += [code for system, code in recorded_orders.ORDER_OF if system == SNOMED]
    listed = (allergens.CONTRAST_MEDIA, allergens.IODINATED, allergens.GADOLINIUM, allergens.NO_KNOWN_ALLERGY)
    listed += (relatives.FIRST_DEGREE, implants.ACTIVE_IMPLANTS, implants.IMPLANTATIONS)
    snomed += [*procedures._SNOMED, *(code for codes in listed for system, code in codes if system == SNOMED)]
    loinc = [code for system, code in recorded_orders.ORDER_OF if system == LOINC]
    assert [code for code in snomed if not _verhoeff(code)] == []
    assert [code for code in loinc if not _luhn(code)] == []
    assert _verhoeff("840580004")
    assert not _verhoeff("279372000")
    assert not _luhn("39068-8")


def _codes(claim: Claim) -> tuple[str, ...]:
    legs = (f"{claim.finding}-right", f"{claim.finding}-left")
    if claim.reach is Reach.LEG:
        return legs
    return (claim.finding, *legs) if claim.reach is Reach.LEG_IF_NAMED else (claim.finding,)


def test_every_claim_is_in_the_vocabulary() -> None:
    known = [disorder for disorder in vars(disorder_claims).values() if isinstance(disorder, Disorder)]
    claims: list[Claim] = [claim for disorder in known for claim in disorder.claims]
    assert claims
    for claim in claims:
        for code in _codes(claim):
            if code in RECORD_FINDINGS:
                assert (claim.value, claim.ended) == (True, None)
                continue
            term = VOCABULARY[code]
            for value in (claim.value, claim.ended):
                assert value is None or claim.reach is Reach.SYMPTOM_SIDE or value is True or value in term.options


@pytest.mark.parametrize(
    ("code", "findings"),
    [
        ("E11.9", {"diabetes"}),
        ("E10.51", {"diabetes", "known-pad"}),
        ("E11.52", {"diabetes", "known-pad", "gangrene"}),
        ("E11.621", {"diabetes", "foot-wound"}),
        ("I10", {"hypertension"}),
        ("I16.0", {"hypertension"}),
        ("I17", set()),
        ("E78.00", {"hyperlipidaemia"}),
        ("E78.5", {"hyperlipidaemia"}),
        ("E78.6", set()),
        ("N18.1", set()),
        ("N18.31", {"chronic-kidney-disease"}),
        ("N18.9", {"chronic-kidney-disease"}),
        ("N18.6", {"chronic-kidney-disease", "dialysis"}),
        ("Z99.2", {"chronic-kidney-disease", "dialysis"}),
        ("I25.10", {"coronary-artery-disease"}),
        ("I26.99", set()),
        ("I63.9", {"cerebrovascular-disease"}),
        ("I69.30", {"cerebrovascular-disease"}),
        ("Z86.73", {"cerebrovascular-disease"}),
        ("G45.9", {"cerebrovascular-disease"}),
        ("G45.4", set()),
        ("I71.40", {"abdominal-aortic-aneurysm"}),
        ("I71.33", {"abdominal-aortic-aneurysm", "diagnosed-abdominal-aortic-aneurysm"}),
        ("I71.20", set()),
        ("I48.91", {"atrial-fibrillation"}),
        ("I70.2", {"known-pad"}),
        ("I70.209", {"known-pad"}),
        ("I70.208", set()),
        ("I70.211", {"known-pad", "leg-pain-on-walking", "symptom-side"}),
        ("I70.718", set()),
        ("I70.229", {"known-pad", "rest-pain-foot", "symptom-side", "diagnosed-chronic-limb-threatening-ischaemia"}),
        ("I70.25", set()),
        ("I70.269", {"known-pad", "gangrene", "diagnosed-chronic-limb-threatening-ischaemia"}),
        ("I70.92", {"known-pad"}),
        ("I70.0", set()),
        ("I73.9", {"known-pad"}),
        ("I73.1", set()),
        ("I96", {"gangrene"}),
        ("L97.519", {"foot-wound"}),
        ("L97.211", set()),
        ("M48.061", {"known-lumbar-stenosis"}),
        ("M48.062", {"known-lumbar-stenosis", "leg-pain-on-walking", "symptom-side"}),
        ("M48.02", set()),
        ("I82.401", {"prior-dvt", "diagnosed-deep-vein-thrombosis"}),
        ("I82.501", {"prior-dvt"}),
        ("Z86.718", {"prior-dvt"}),
        ("E66.9", {"obesity"}),
        ("E66.3", set()),
        ("Z68.35", {"obesity"}),
        ("Z68.29", set()),
        ("F17.210", {"smoking-status"}),
        ("F17.220", set()),
        ("Z33.1", {"pregnant"}),
        ("O24.410", {"pregnant"}),
        ("O80", set()),
        ("M81.0", {"osteoporosis-or-steroids"}),
        ("Z85.3", {"cancer-history"}),
        ("C50.911", {"cancer-history"}),
        ("C44.91", set()),
        ("Z95.0", {"implanted-device-mri-safety-unknown"}),
        ("Z95.820", {"prior-revascularisation"}),
        ("Z95.828", set()),
        ("Z89.411", {"great-toe-amputated"}),
        ("Z89.421", set()),
        ("Z89.512", {"leg-amputated"}),
        ("Z89.441", {"leg-amputated"}),
        ("Z82.49", set()),
    ],
)
def test_icd_10_cm_families(code: str, findings: set[str]) -> None:
    assert _claims(ICD10CM, code) == findings
    assert _claims("urn:oid:2.16.840.1.113883.6.90", code.replace(".", "").lower()) == findings


@pytest.mark.parametrize(
    ("code", "sides"),
    [
        ("I70.211", R),
        ("I70.212", L),
        ("I70.213", BOTH),
        ("I70.219", ()),
        ("I70.235", R),
        ("I70.249", L),
        ("I70.362", L),
        ("L97.519", R),
        ("L97.509", ()),
        ("Z89.412", L),
        ("Z89.611", R),
    ],
)
def test_the_laterality_digit_names_the_leg(code: str, sides: tuple[Side, ...]) -> None:
    assert [recorded.sides for recorded in disorders_of(ICD10CM, code)] == [sides]


@pytest.mark.parametrize(
    ("code", "value"),
    [("F17.210", "current"), ("Z72.0", "current"), ("F17.211", "former"), ("F17.201", "former"), ("Z87.891", "former")],
)
def test_smoking_in_remission_is_past_smoking(code: str, value: str) -> None:
    assert [claim.value for recorded in disorders_of(ICD10CM, code) for claim in recorded.disorder.claims] == [value]


@pytest.mark.parametrize(
    ("code", "findings"),
    [
        ("I70.2", {"known-pad"}),
        ("I70.21", {"known-pad"}),
        ("I70.25", {"known-pad"}),
        ("E14.5", {"diabetes"}),
        ("M48.06", {"known-lumbar-stenosis"}),
        ("Z89.5", {"leg-amputated"}),
        ("Z86.7", set()),
        ("N18.3", {"chronic-kidney-disease"}),
    ],
)
def test_other_editions_of_icd_10_are_read_to_the_fourth_character(code: str, findings: set[str]) -> None:
    assert _claims(WHO, code) == findings
    assert all(recorded.sides == () for recorded in disorders_of(WHO, code))


@pytest.mark.parametrize(("system", "code"), [(SNOMED, "444814009"), ("https://hospital.example", "I70.211"), ("", "E11.9")])
def test_other_codes_say_nothing(system: str, code: str) -> None:
    assert disorders_of(system, code) == ()


def test_only_the_finding_itself_is_whole() -> None:
    assert [recorded.whole for recorded in disorders_of(SNOMED, "73211009")] == [True]
    assert [recorded.whole for recorded in disorders_of(SNOMED, "44054006")] == [False]
    assert [recorded.whole for recorded in disorders_of(ICD10CM, "I10")] == [False]

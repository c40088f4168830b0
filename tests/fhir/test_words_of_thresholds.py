"""Where words repeat a number of the evidence they say that number: a definition, an item of the questionnaire."""

from __future__ import annotations

from decimal import Decimal

from service.evidence.loader import load_evidence
from service.fhir.forms.questionnaire_items import question
from service.fhir.terminology.instruments import INSTRUMENT_RESULTS
from service.fhir.terminology.own import ABI_CATEGORIES

ABI = load_evidence().abi_categories.abi
WIFI = load_evidence().abi_categories.wifi


def test_the_bands_of_the_index_are_defined_by_their_edges() -> None:
    abnormal, borderline, normal = (edge.value for edge in (ABI.abnormal_at_most, ABI.borderline_at_most, ABI.normal_at_most))
    step = Decimal("0.01")
    for code, said in {
        "abnormal": f"{abnormal:.2f} or less",
        "borderline": f"{abnormal + step:.2f} to {borderline:.2f}",
        "normal": f"{borderline + step:.2f} to {normal:.2f}",
        "noncompressible": f"above {normal:.2f}",
    }.items():
        assert said in str(ABI_CATEGORIES[code].definition)


def test_the_grades_of_ischaemia_are_defined_by_their_edges() -> None:
    defined = {grade: str(INSTRUMENT_RESULTS[f"ischaemia-{grade}"].definition) for grade in range(4)}
    abi = [WIFI.abi_grade_0_from.value, WIFI.abi_grade_1_from.value, WIFI.abi_grade_2_from.value]
    ankle = [WIFI.ankle_grade_0_above.value, WIFI.ankle_grade_1_from.value, WIFI.ankle_grade_2_from.value]
    toe = [WIFI.toe_grade_0_from.value, WIFI.toe_grade_1_from.value, WIFI.toe_grade_2_from.value]
    assert toe == [WIFI.oxygen_grade_0_from.value, WIFI.oxygen_grade_1_from.value, WIFI.oxygen_grade_2_from.value]
    for said in (f"{abi[0]:.2f} or more", f"over {ankle[0]} mmHg", f"{toe[0]} mmHg or more"):
        assert said in defined[0]
    for grade in (1, 2):
        for start in (f"{abi[grade]:.2f} to ", f"ankle {ankle[grade]} to ", f"skin oxygen {toe[grade]} to "):
            assert start in defined[grade]
    for end in (f"under {abi[2]:.2f}", f"under {ankle[2]} mmHg", f"under {toe[2]} mmHg"):
        assert end in defined[3]


def test_obesity_is_asked_for_as_it_is_read() -> None:
    assert f"body mass index {load_evidence().reading_limits.record.obesity_from.value} or more" in question("obesity")

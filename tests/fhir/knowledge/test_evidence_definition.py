"""Every likelihood ratio as Evidence: its number, for whom, of what, for which cause, from where."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from service.evidence.conditions import Is
from service.evidence.loader import Evidence, load_evidence
from service.fhir.elements import Json
from service.fhir.knowledge.evidence_definition import evidence_ids, evidence_resource, evidence_variable, variable_ids
from tests.fhir.condition_language import plain, read
from tests.judges.panel import Panel


@cache
def evidence() -> Evidence:
    return load_evidence()


def resource(evidence_id: str, known: Evidence | None = None) -> Json:
    found = evidence_resource(evidence_id, known or evidence())
    assert found is not None
    return found


def variable(variable_id: str, known: Evidence | None = None) -> Json:
    found = evidence_variable(variable_id, known or evidence())
    assert found is not None
    return found


def ratios(evidence_id: str, known: Evidence | None = None) -> dict[str, Json]:
    told = [{part["url"]: part for part in one["extension"]} for one in resource(evidence_id, known)["extension"]]
    return {one["finding"]["valueCode"]: one for one in told}


def with_entry(evidence_id: str, **changes: object) -> Evidence:
    entries = tuple(replace(one, **changes) if one.id == evidence_id else one for one in evidence().entries)
    return replace(evidence(), entries=entries)


def test_the_judges_accept_all_of_them(panel: Panel) -> None:
    resources = [resource(one) for one in evidence_ids(evidence())] + [variable(one) for one in variable_ids(evidence())]
    assert [complaint for one in resources for complaint in panel.complaints(one)] == []


def test_what_is_not_there_is_not_made_up() -> None:
    assert evidence_resource("v-foot", evidence()) is None
    assert evidence_variable("finding-v-foot", evidence()) is None


def test_a_ratio_without_published_interval_has_none_here() -> None:
    told = ratios("v-calf")
    assert told["present"]["value"]["valueDecimal"] == 3.08
    assert told["absent"]["value"]["valueDecimal"] == 0.31
    assert "interval" not in told["present"]
    assert "3.08 (no interval published)" in resource("v-calf")["description"]


def test_a_published_interval_stands_beside_its_ratio() -> None:
    published = [one for one in evidence().entries if one.present and one.present.ratio.published]
    assert published
    for entry in published:
        assert entry.present is not None
        ratio = entry.present.ratio
        assert ratios(entry.id)["present"]["interval"]["valueRange"] == {
            "low": {"value": ratio.low},
            "high": {"value": ratio.high},
        }
        assert f"{ratio.value:g} ({ratio.low:g} to {ratio.high:g})" in resource(entry.id)["description"]


def test_it_says_who_is_weighed_of_which_finding_and_for_which_cause() -> None:
    told = resource("v-calf")
    assert told["exposureBackground"] == {"reference": "EvidenceVariable/leg-symptoms"}
    assert told["exposureVariant"] == [{"reference": "EvidenceVariable/finding-v-calf"}]
    assert told["outcome"] == [{"reference": "EvidenceVariable/vascular"}]
    assert told["relatedArtifact"][0]["url"] == "https://doi.org/10.1503/cjs.016512"
    for evidence_id in evidence_ids(evidence()):
        one = resource(evidence_id)
        referred = [one["exposureBackground"], *one["exposureVariant"], *one["outcome"]]
        assert {ref["reference"].removeprefix("EvidenceVariable/") for ref in referred} <= set(variable_ids(evidence()))


def test_a_cause_is_a_diagnosis_code_and_a_finding_its_condition() -> None:
    [cause] = variable("neurogenic")["characteristic"]
    assert cause["definitionCodeableConcept"]["coding"][0]["code"] == "neurogenic-claudication"
    [background] = variable("leg-symptoms")["characteristic"]
    assert read(background["definitionExpression"]["expression"]) == Is("leg-symptoms", True)
    for entry in evidence().entries:
        [finding] = variable(f"finding-{entry.id}")["characteristic"]
        told = read(finding["definitionExpression"]["expression"])
        if len(entry.when) == 1:
            assert told == plain(entry.when[0])


def test_a_finding_of_each_leg_says_how_the_two_legs_are_read() -> None:
    one = "v-calf"
    sides = (Is("pulse-femoral-right", "absent"), Is("pulse-femoral-left", "absent"))
    told = variable(f"finding-{one}", with_entry(one, when=sides, per_side=True))
    assert told["characteristic"][0]["definitionExpression"]["expression"] == (
        "(pulse-femoral-right is absent) or (pulse-femoral-left is absent)"
    )
    assert "legs that hurt only" in told["note"][0]["text"]


def test_a_finding_with_a_condition_of_its_own_for_absence_says_it() -> None:
    one = "v-calf"
    told = variable(f"finding-{one}", with_entry(one, absent_when=(Is("symptom-side", "both"),)))
    assert told["note"] == [{"text": "Absent where: symptom-side is both"}]


def test_what_is_to_be_confirmed_says_so_and_a_remark_is_kept() -> None:
    entry = next(one for one in evidence().entries if one.id == "v-calf")
    doubted = with_entry("v-calf", basis=replace(entry.basis, tag="K-L"), note="Seen once.", population="")
    told = resource("v-calf", doubted)
    assert told["description"].endswith("Certainty K-L. To be confirmed against the primary source.")
    assert "Population" not in told["description"]
    assert told["note"] == [{"text": "Seen once."}]
    assert "note" not in resource("v-calf", with_entry("v-calf", note=""))

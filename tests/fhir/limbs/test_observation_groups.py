"""Members of a group take over what only the group says."""

from __future__ import annotations

from typing import Any

from service.clinical.measurements import Phase, Side, Site
from service.fhir.limbs.observation_groups import hand_down
from service.fhir.limbs.pressures import read_pressures
from service.fhir.mapping import DeploymentCodes
from service.fhir.reading import Context, Entry
from tests.fhir.entries import AS_OF, LIMITS
from tests.fhir.limb_observations import LEFT_ANKLE, PANEL, RIGHT_ANKLE, SYSTOLIC, concept, mmhg, observation, site


def handed(*resources: dict[str, Any]) -> tuple[tuple[Entry, ...], Context]:
    entries = tuple(
        Entry(f"{resource['resourceType']}/{place}", f"Bundle.entry[{place}].resource", resource["resourceType"], resource)
        for place, resource in enumerate(resources)
    )

    def find(origin: Entry, reference: str) -> Entry | None:
        return next((entry for entry in entries if entry.reference == reference), None)

    context = Context(as_of=AS_OF, codes=DeploymentCodes(), limits=LIMITS, find=find)
    return hand_down(entries, context), context


def members(*references: str) -> list[dict[str, str]]:
    return [{"reference": reference} for reference in references]


def test_without_groups_nothing_changes() -> None:
    entries, _ = handed(observation(concept(SYSTOLIC), **mmhg(120)))
    assert entries[0].resource == observation(concept(SYSTOLIC), **mmhg(120))


def test_a_member_takes_site_time_and_state_of_exercise_from_its_group() -> None:
    group = observation(
        concept(PANEL, "Ankle pressures post exercise"), bodySite=concept(LEFT_ANKLE), hasMember=members("Observation/1")
    )
    entries, context = handed(group, observation(concept(SYSTOLIC), effectiveDateTime=None, **mmhg(90)))
    read = read_pressures(entries[1], context)
    assert read is not None
    (pressure,) = read.pressures
    assert (pressure.site, pressure.side, pressure.phase) == (Site.ANKLE, Side.LEFT, Phase.POST_EXERCISE)
    assert pressure.taken_at is not None


def test_what_a_member_says_itself_stays() -> None:
    rest = {"url": "https://hospital.example/exercise", "valueCodeableConcept": concept(site("263678003"))}
    position = {"url": "https://hospital.example/position", "valueCodeableConcept": concept(site("40199007"))}
    group = observation(
        concept("post exercise"), bodySite=concept(LEFT_ANKLE), hasMember=members("Observation/1"), extension=[position]
    )
    entries, _ = handed(group, observation(concept(SYSTOLIC), bodySite=concept(RIGHT_ANKLE), extension=[rest]))
    assert entries[1].resource["bodySite"] == concept(RIGHT_ANKLE)
    assert entries[1].resource["extension"] == [rest, position]


def test_groups_of_groups_and_circles_come_to_an_end() -> None:
    inner = observation(concept("inner"), hasMember=members("Observation/2", "Observation/1"))
    outer = observation(concept("outer"), bodySite=concept(LEFT_ANKLE), hasMember=members("Observation/0"))
    entries, _ = handed(inner, outer, observation(concept(SYSTOLIC)))
    assert entries[2].resource["bodySite"] == concept(LEFT_ANKLE)


def test_members_that_are_missing_or_something_else_are_left_alone() -> None:
    group = observation(
        concept("x"),
        bodySite=concept(LEFT_ANKLE),
        hasMember=[{"display": "?"}, *members("Observation/9", "QuestionnaireResponse/1")],
    )
    entries, _ = handed(group, {"resourceType": "QuestionnaireResponse"})
    assert entries[1].resource == {"resourceType": "QuestionnaireResponse"}

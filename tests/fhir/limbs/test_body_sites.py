"""Where a value belongs, in every way records say it."""

from __future__ import annotations

from typing import Any

import pytest

from service.clinical.measurements import Side, Site
from service.fhir.limbs.body_sites import BODY_SITE_EXTENSION, merge, place_of
from service.fhir.limbs.site_codes import Place
from service.fhir.mapping import DeploymentCodes, MappedSite
from tests.fhir.entries import context_of, entry_of
from tests.fhir.limb_observations import (
    GREAT_TOE,
    LEFT,
    LEFT_ANKLE,
    RIGHT,
    RIGHT_ANKLE,
    RIGHT_ARM,
    SYSTOLIC,
    component,
    concept,
    local,
    loinc_code,
    observation,
    site,
)

CODES = DeploymentCodes(
    sites={local("at1031")[:2]: MappedSite(site=Site.ANKLE, side=Side.LEFT)},
    pressures={local("R-PT-SYS")[:2]: MappedSite(site=Site.POSTERIOR_TIBIAL, side=Side.RIGHT)},
)


def place(resource: dict[str, Any], part: dict[str, Any] | None = None) -> Place:
    return place_of(entry_of(resource), context_of(CODES), part)


def body_structure(**elements: Any) -> dict[str, Any]:
    return {
        "contained": [{"resourceType": "BodyStructure", "id": "leg", **elements}],
        "extension": [{"url": BODY_SITE_EXTENSION, "valueReference": {"reference": "#leg"}}],
    }


def laterality(side: Any, url: str = "https://hospital.example/laterality") -> dict[str, Any]:
    return {"extension": [{"url": url, "valueCodeableConcept": side}]}


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"bodySite": concept(site("792817008"))}, (Site.DORSALIS_PEDIS, Side.LEFT)),
        ({"bodySite": concept(site("214811007"))}, (Site.POSTERIOR_TIBIAL, Side.RIGHT)),
        ({"bodySite": concept(RIGHT_ARM)}, (Site.BRACHIAL, Side.RIGHT)),
        ({"bodySite": concept(LEFT_ANKLE)}, (Site.ANKLE, Side.LEFT)),
        ({"bodySite": concept(site("13363002"), LEFT)}, (Site.POSTERIOR_TIBIAL, Side.LEFT)),
        ({"bodySite": concept(site("13363002"), LEFT_ANKLE)}, (Site.POSTERIOR_TIBIAL, Side.LEFT)),
        ({"bodySite": concept(LEFT_ANKLE, site("13363002"))}, (Site.POSTERIOR_TIBIAL, Side.LEFT)),
        ({"bodySite": concept(site("61685007"), LEFT_ANKLE)}, (Site.ANKLE, Side.LEFT)),
        ({"bodySite": concept(site("2402003"), RIGHT)}, (Site.ANKLE, Side.RIGHT)),
        ({"bodySite": concept(site("78883009:272741003=24028007"))}, (Site.TOE, Side.RIGHT)),
        ({"bodySite": concept(site("78883009 |Great toe| : 272741003 |Laterality| = 7771000 |Left|"))}, (Site.TOE, Side.LEFT)),
        ({"bodySite": concept(site("13363002:363698007=1"), RIGHT)}, (Site.POSTERIOR_TIBIAL, Side.RIGHT)),
        ({"bodySite": concept(site("12345:272741003=24028007"))}, (None, Side.RIGHT)),
        ({"bodySite": concept(GREAT_TOE), **laterality(concept(RIGHT))}, (Site.TOE, Side.RIGHT)),
        ({"bodySite": concept(GREAT_TOE) | laterality(concept(LEFT))}, (Site.TOE, Side.LEFT)),
        ({"bodySite": concept(GREAT_TOE), **laterality(concept("Left"))}, (Site.TOE, Side.LEFT)),
        ({"bodySite": concept(GREAT_TOE), "extension": [{"url": "x/laterality", "valueCode": "left"}]}, (Site.TOE, Side.LEFT)),
        (
            {"bodySite": concept(GREAT_TOE), "component": [component(concept("x"), valueCodeableConcept=concept(LEFT))]},
            (Site.TOE, Side.LEFT),
        ),
        (
            {"bodySite": concept(GREAT_TOE), "component": [component(concept("Laterality"), valueString="R")]},
            (Site.TOE, Side.RIGHT),
        ),
        ({"bodySite": concept(GREAT_TOE), "valueCodeableConcept": concept("Left")}, (Site.TOE, Side.LEFT)),
        (
            body_structure(location=concept(site("13363002")), locationQualifier=[concept(LEFT)]),
            (Site.POSTERIOR_TIBIAL, Side.LEFT),
        ),
        (body_structure(location=concept("left posterior tibial artery")), (Site.POSTERIOR_TIBIAL, Side.LEFT)),
        ({"bodySite": concept(local("at1031"))}, (Site.ANKLE, Side.LEFT)),
        ({"bodySite": concept("Right posterior tibial")}, (Site.POSTERIOR_TIBIAL, Side.RIGHT)),
        ({"bodySite": concept("R DP")}, (Site.DORSALIS_PEDIS, Side.RIGHT)),
        ({"bodySite": concept("brachial L")}, (Site.BRACHIAL, Side.LEFT)),
        ({"bodySite": concept("left ankle, PT")}, (Site.POSTERIOR_TIBIAL, Side.LEFT)),
        ({"bodySite": concept("arm or ankle")}, (None, None)),
        ({"bodySite": concept(site("51440002"), site("344001"))}, (Site.ANKLE, None)),
        ({}, (None, None)),
    ],
)
def test_site_and_side(elements: dict[str, Any], expected: tuple[Site | None, Side | None]) -> None:
    found = place(observation(concept(SYSTOLIC), **elements))
    assert (found.site, found.side) == expected
    assert not found.problem
    assert not found.refused


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("8546-4", (Site.BRACHIAL, Side.LEFT)),
        ("8547-2", (Site.BRACHIAL, Side.RIGHT)),
        ("8508-4", (Site.BRACHIAL, None)),
        ("8550-6", (Site.DORSALIS_PEDIS, Side.LEFT)),
        ("8551-4", (Site.DORSALIS_PEDIS, Side.RIGHT)),
    ],
)
def test_codes_that_name_their_artery(code: str, expected: tuple[Site, Side | None]) -> None:
    found = place(observation(concept(loinc_code(code))))
    assert (found.site, found.side, found.remarks) == (*expected, ())


def test_the_artery_of_the_code_is_nearer_than_the_ankle_of_the_body_site() -> None:
    found = place(observation(concept(loinc_code("8550-6")), bodySite=concept(LEFT_ANKLE)))
    assert (found.site, found.side, found.problem) == (Site.DORSALIS_PEDIS, Side.LEFT, "")


@pytest.mark.parametrize(
    ("sites", "name"),
    [
        (concept(site("8821006")), "peroneal artery"),
        (concept(site("43899006")), "popliteal artery"),
        (concept(site("61396006")), "thigh"),
        (concept("left calf"), "calf"),
    ],
)
def test_sites_without_part_in_an_index_are_named(sites: dict[str, Any], name: str) -> None:
    assert place(observation(concept(SYSTOLIC), bodySite=sites)).refused == name


@pytest.mark.parametrize(
    "sites", [concept(site("68053000"), RIGHT), concept("right anterior tibial artery"), concept("R ATA, ankle")]
)
def test_the_anterior_tibial_artery_counts_as_the_dorsalis_pedis_and_says_so(sites: dict[str, Any]) -> None:
    found = place(observation(concept(SYSTOLIC), bodySite=sites))
    assert (found.site, found.side) == (Site.DORSALIS_PEDIS, Side.RIGHT)
    assert any("anterior tibial" in remark for remark in found.remarks)


def test_text_is_used_with_a_remark_for_each_gap_it_fills() -> None:
    assert len(place(observation(concept(SYSTOLIC), bodySite=concept("left ankle"))).remarks) == 2
    assert len(place(observation(concept(SYSTOLIC), bodySite=concept(GREAT_TOE, "left great toe"))).remarks) == 1


def test_a_text_that_contradicts_its_code_is_remarked_and_the_code_used() -> None:
    found = place(observation(concept(loinc_code("8550-6"), "right posterior tibial")))
    assert (found.site, found.side) == (Site.DORSALIS_PEDIS, Side.LEFT)
    assert len(found.remarks) == 2


@pytest.mark.parametrize(
    ("elements", "unknown"),
    [
        ({"bodySite": concept(site("999"))}, "999"),
        ({"bodySite": concept("somewhere")}, "somewhere"),
        ({"bodySite": {}}, ""),
        ({"bodySite": concept(site("1:2=3"))}, "1:2=3"),
        (
            {"extension": [{"url": BODY_SITE_EXTENSION, "valueReference": {"reference": "#gone"}}]},
            "#gone, which is not in the Bundle",
        ),
    ],
)
def test_what_stood_for_a_site_and_was_not_understood_is_named(elements: dict[str, Any], unknown: str) -> None:
    assert place(observation(concept(SYSTOLIC), **elements)).unknown == unknown


@pytest.mark.parametrize("sites", [concept(RIGHT_ANKLE, LEFT_ANKLE), concept(site("13363002"), site("86547008"), LEFT)])
def test_codes_that_contradict_each_other_are_a_problem(sites: dict[str, Any]) -> None:
    assert place(observation(concept(SYSTOLIC), bodySite=sites)).problem


def test_a_component_takes_from_the_observation_what_it_lacks() -> None:
    part = component(concept(SYSTOLIC))
    found = place(observation(concept("panel"), bodySite=concept(RIGHT_ANKLE)), part)
    assert (found.site, found.side) == (Site.ANKLE, Side.RIGHT)


def test_a_component_of_a_named_whole_keeps_its_own_site() -> None:
    whole = observation(concept("Ankle pressures, right leg"))
    found = place(whole, component(concept(loinc_code("8546-4"))))
    assert (found.site, found.side, found.problem) == (Site.BRACHIAL, Side.LEFT, "")


def test_a_component_that_contradicts_the_site_of_the_whole_is_a_problem() -> None:
    whole = observation(concept("panel"), bodySite=concept(RIGHT_ANKLE))
    assert place(whole, component(concept("left ankle"))).problem


def test_a_mapped_code_says_its_place() -> None:
    found = place(observation(concept(local("R-PT-SYS"))))
    assert (found.site, found.side) == (Site.POSTERIOR_TIBIAL, Side.RIGHT)


def test_the_first_problem_stays() -> None:
    first = merge(Place(site=Site.TOE, side=Side.LEFT), Place(site=Site.BRACHIAL, side=Side.RIGHT))
    assert first.problem == "two sites are named, toe and brachial"
    assert merge(first, Place(side=Side.RIGHT)).problem == first.problem

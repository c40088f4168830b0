"""Which code stands for which place: SNOMED CT sites and laterality, LOINC pressures that name their artery."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from service.clinical.measurements import Side, Site
from service.fhir.mapping import SystemCode
from service.fhir.terminology import loinc, snomed
from service.fhir.terminology.code import Code


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is known of where a value belongs. `problem` is a sentence about evidence that contradicts itself: then nothing may be used.

    `refused` names a site that has no part in an index; `unknown` names what stood for a site and was not understood;
    `remarks` are sentences about what was read but should be checked.
    """

    site: Site | None = None
    side: Side | None = None
    refused: str = ""
    unknown: str = ""
    problem: str = ""
    remarks: tuple[str, ...] = ()


NOWHERE = Place()

ANTERIOR_TIBIAL = Place(
    site=Site.DORSALIS_PEDIS,
    remarks=("the anterior tibial artery was counted as the dorsalis pedis, which continues it",),
)


def _both(right: Code, left: Code, site: Site) -> Iterator[tuple[SystemCode, Place]]:
    yield right[:2], Place(site=site, side=Side.RIGHT)
    yield left[:2], Place(site=site, side=Side.LEFT)


SITE_CODES: Mapping[SystemCode, Place] = {
    snomed.BRACHIAL_ARTERY[:2]: Place(site=Site.BRACHIAL),
    snomed.DORSALIS_PEDIS_ARTERY[:2]: Place(site=Site.DORSALIS_PEDIS),
    snomed.POSTERIOR_TIBIAL_ARTERY[:2]: Place(site=Site.POSTERIOR_TIBIAL),
    snomed.ANTERIOR_TIBIAL_ARTERY[:2]: ANTERIOR_TIBIAL,
    snomed.ANKLE_REGION[:2]: Place(site=Site.ANKLE),
    snomed.ANKLE_JOINT[:2]: Place(site=Site.ANKLE),
    snomed.DORSUM_OF_FOOT[:2]: Place(site=Site.ANKLE),
    snomed.TOE[:2]: Place(site=Site.TOE),
    snomed.GREAT_TOE[:2]: Place(site=Site.TOE),
    snomed.DORSAL_DIGITAL_ARTERY_OF_FOOT[:2]: Place(site=Site.TOE),
    snomed.PERONEAL_ARTERY[:2]: Place(refused="peroneal artery"),
    snomed.POPLITEAL_ARTERY[:2]: Place(refused="popliteal artery"),
    snomed.FEMORAL_ARTERY[:2]: Place(refused="femoral artery"),
    snomed.RIGHT_FEMORAL_ARTERY[:2]: Place(refused="femoral artery"),
    snomed.LEFT_FEMORAL_ARTERY[:2]: Place(refused="femoral artery"),
    snomed.RIGHT_THIGH[:2]: Place(refused="thigh"),
    snomed.LEFT_THIGH[:2]: Place(refused="thigh"),
    snomed.LOWER_LIMB[:2]: Place(unknown="lower limb"),
    snomed.RIGHT[:2]: Place(side=Side.RIGHT),
    snomed.LEFT[:2]: Place(side=Side.LEFT),
    # Both at once says nothing of the side of one number.
    snomed.RIGHT_AND_LEFT[:2]: NOWHERE,
    **dict(_both(snomed.RIGHT_BRACHIAL_ARTERY, snomed.LEFT_BRACHIAL_ARTERY, Site.BRACHIAL)),
    **dict(_both(snomed.RIGHT_UPPER_ARM, snomed.LEFT_UPPER_ARM, Site.BRACHIAL)),
    **dict(_both(snomed.RIGHT_ARM, snomed.LEFT_ARM, Site.BRACHIAL)),
    **dict(_both(snomed.RIGHT_DORSALIS_PEDIS_ARTERY, snomed.LEFT_DORSALIS_PEDIS_ARTERY, Site.DORSALIS_PEDIS)),
    **dict(_both(snomed.RIGHT_POSTERIOR_TIBIAL_ARTERY, snomed.LEFT_POSTERIOR_TIBIAL_ARTERY, Site.POSTERIOR_TIBIAL)),
    **dict(_both(snomed.RIGHT_ANKLE, snomed.LEFT_ANKLE, Site.ANKLE)),
    **dict(_both(snomed.RIGHT_ANKLE_LEGACY, snomed.LEFT_ANKLE_LEGACY, Site.ANKLE)),
}

ARTERY_CODES: Mapping[SystemCode, Place] = {
    loinc.BRACHIAL_SYSTOLIC[:2]: Place(site=Site.BRACHIAL),
    loinc.FEMORAL_SYSTOLIC_RIGHT[:2]: Place(refused="femoral artery"),
    loinc.FEMORAL_SYSTOLIC_LEFT[:2]: Place(refused="femoral artery"),
    **dict(_both(loinc.BRACHIAL_SYSTOLIC_RIGHT, loinc.BRACHIAL_SYSTOLIC_LEFT, Site.BRACHIAL)),
    **dict(_both(loinc.DORSALIS_PEDIS_SYSTOLIC_RIGHT, loinc.DORSALIS_PEDIS_SYSTOLIC_LEFT, Site.DORSALIS_PEDIS)),
}
"""Codes of a pressure that name its artery."""

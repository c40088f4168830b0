"""The topics of cards: one for each rule and each red flag, in lower-case letters and digits only, and never to change: an EHR remembers overrides by them."""

from __future__ import annotations

from collections.abc import Mapping

from service.fhir.terminology.own import RED_FLAGS, Concept, by_code


def flag_topic(flag: str) -> str:
    """The topic of a red flag, e.g. redflagacutelimbischaemia."""
    return f"redflag{flag.replace('-', '')}"


CARD_TOPICS: Mapping[str, Concept] = by_code(
    *(Concept(flag_topic(code), f"Red flag: {flag.display}", flag.definition) for code, flag in RED_FLAGS.items()),
    *(
        Concept(code, display, definition)
        for code, display, definition in (
            (
                "arterydiseasenotfollowedup",
                "Artery disease not followed up",
                "Confirmed by pressures, with no diagnosis, exercise or referral on record.",
            ),
            ("toepressuremissing", "Toe pressure missing", "Ankle arteries that do not compress, and no toe pressure."),
            (
                "answerspointtoarteries",
                "Answers point to the arteries",
                "A history that speaks for a vascular cause, and no ABI.",
            ),
            ("answerspointtospine", "Answers point to the spine", "A history that speaks for neurogenic claudication."),
            ("legsymptomswithoutabi", "Leg symptoms without ABI", "Leg symptoms on walking at increased risk, and no ABI."),
            ("angiographywithoutabi", "Angiography without ABI", "CT or MR angiography ordered before an ABI."),
            (
                "angiographywithoutrevascularisation",
                "Angiography without revascularisation in view",
                "CT or MR angiography ordered where the record denies what it is for.",
            ),
            (
                "angiographyreasonnotrecorded",
                "Reason for angiography not recorded",
                "CT or MR angiography ordered, revascularisation not spoken of.",
            ),
            (
                "spineimagingforvascularstory",
                "Spine imaging for a vascular story",
                "Imaging of the spine ordered for what points to the arteries.",
            ),
            (
                "spineimagingtooearly",
                "Spine imaging too early",
                "Imaging of the spine ordered before care, or without an intervention in view.",
            ),
            (
                "compressionofanischaemicleg",
                "Compression of an ischaemic leg",
                "Compression ordered for a leg with very low pressures.",
            ),
            (
                "compressionbelowthelimit",
                "Compression below the limit",
                "Compression ordered for a leg with an ABI of 0.50 to 0.59.",
            ),
            (
                "compressionwithoutabi",
                "Compression without ABI",
                "Compression ordered where the arteries are in doubt and not measured.",
            ),
            (
                "compressionandstiffarteries",
                "Compression and stiff arteries",
                "Compression ordered for a leg whose ABI says nothing.",
            ),
            (
                "abialonewheretoeisneeded",
                "ABI alone where the toe is needed",
                "An ABI ordered where stiff arteries may falsify it.",
            ),
            ("contrastandkidneys", "Contrast and kidneys", "Iodinated contrast ordered with a low eGFR or dialysis."),
            ("contrastallergy", "Contrast allergy", "Iodinated contrast ordered with an allergy to it on record."),
            ("ctinpregnancy", "CT in pregnancy", "CT ordered with a pregnancy on record."),
            ("gadoliniumallergy", "Gadolinium allergy", "MRI with contrast ordered with an allergy to it on record."),
            ("mricontraindicated", "MRI contra-indicated", "MRI ordered with a contra-indication on record."),
            ("mridevicenotreviewed", "Implant not reviewed before MRI", "MRI ordered with an implant whose safety is not known."),
            ("orderedalready", "Ordered already", "An order that the record has open."),
            ("donerecently", "Done recently", "A study that was done lately."),
            (
                "spineprocedurewithoutabi",
                "Spine procedure without ABI",
                "Spine surgery or injection for leg symptoms without an ABI.",
            ),
            (
                "whattellsthecausesapart",
                "What tells the causes apart",
                "Claudication or stenosis added as a problem, and what is missing.",
            ),
        )
    ),
)

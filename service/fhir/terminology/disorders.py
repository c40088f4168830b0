"""The codes of disorders: SNOMED CT by identifier, ICD-10 by the part of the code that carries the meaning.

ICD-10-CM families stay open: a pattern names where a code begins, so that codes added later are still read. The international and the German edition
share the first four characters with ICD-10-CM, but not those after (I70.21 is gangrene in one and claudication in another), so codes of those systems are
cut there; M48.0, whose fifth character is the same site everywhere, is not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from service.clinical.measurements import Side
from service.fhir.terminology import disorder_claims as claims
from service.fhir.terminology.code import ICD10CM, SNOMED
from service.fhir.terminology.disorder_claims import Disorder

_CLINICAL_MODIFICATION = frozenset({ICD10CM, "urn:oid:2.16.840.1.113883.6.90"})
_OTHER_EDITIONS = frozenset(
    {
        "http://hl7.org/fhir/sid/icd-10",
        "urn:oid:2.16.840.1.113883.6.3",
        "http://fhir.de/CodeSystem/bfarm/icd-10-gm",
        "http://fhir.de/CodeSystem/dimdi/icd-10-gm",
    }
)
_BOTH = (Side.RIGHT, Side.LEFT)
_DIGITS: Mapping[str, tuple[Side, ...]] = {"1": (Side.RIGHT,), "2": (Side.LEFT,), "3": _BOTH}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A disorder as coded, with the legs the code itself names. `whole`: the code is the finding itself, not a kind of it; refuted, it says "no"."""

    disorder: Disorder
    whole: bool = False
    sides: tuple[Side, ...] = ()


_SNOMED: Mapping[str, Disorder] = {
    "63491006": claims.CLAUDICATION,
    "275520000": claims.CLAUDICATION,
    "303081002": claims.NEUROGENIC,
    "19033007": claims.NEUROGENIC,
    "840580004": claims.PAD,
    "399957001": claims.PAD,
    "400047006": claims.VASCULAR_DISEASE,
    "233962007": claims.CRITICAL_ISCHAEMIA,
    "233961000": claims.PAD,
    "1230182004": claims.ACUTE_ISCHAEMIA,
    "428171009": claims.PAD_REST_PAIN,
    "713412006": claims.PAD_REST_PAIN,
    "792844003": claims.PAD_REST_PAIN,
    "13954005": claims.ISCHAEMIC_ULCER,
    "195303005": claims.GANGRENE,
    "49176002": claims.GANGRENE,
    "18347007": claims.STENOSIS,
    "192970008": claims.CAUDA_EQUINA,
    "12454008": claims.CAUDA_EQUINA,
    "267064002": claims.URINARY_RETENTION,
    "236648008": claims.URINARY_RETENTION,
    "111245009": claims.COMPARTMENT,
    "404223003": claims.THROMBOSIS,
    "300954003": claims.LEG_PAIN,
    "10601006": claims.LEG_PAIN,
    "233985008": claims.ANEURYSM,
    "73211009": claims.DIABETES,
    "44054006": claims.DIABETES,
    "46635009": claims.DIABETES,
    "424736006": claims.DIABETES,
    "368581000119106": claims.DIABETES,
    "127013003": claims.DIABETES,
    "90781000119102": claims.DIABETES,
    "314902007": claims.DIABETIC_ANGIOPATHY,
    "38341003": claims.HYPERTENSION,
    "59621000": claims.HYPERTENSION,
    "55822004": claims.HYPERLIPIDAEMIA,
    "13644009": claims.HYPERLIPIDAEMIA,
    "302870006": claims.HYPERLIPIDAEMIA,
    "709044004": claims.KIDNEY,
    "431855005": claims.KIDNEY_EARLY,
    "431856006": claims.KIDNEY_EARLY,
    "433144002": claims.KIDNEY,
    "700378005": claims.KIDNEY,
    "700379002": claims.KIDNEY,
    "431857002": claims.KIDNEY,
    "433146000": claims.KIDNEY,
    "46177005": claims.KIDNEY_FAILURE,
    "53741008": claims.CORONARY,
    "414545008": claims.CORONARY,
    "22298006": claims.CORONARY,
    "230690007": claims.CEREBROVASCULAR,
    "266257000": claims.CEREBROVASCULAR,
    "49436004": claims.FIBRILLATION,
    "414916001": claims.OBESITY,
    "162864005": claims.OBESITY,
    "408512008": claims.OBESITY,
    "77176002": claims.SMOKING,
    "449868002": claims.SMOKING,
    "428041000124106": claims.SMOKING,
    "8517006": claims.PAST_SMOKING,
    "266919005": claims.NEVER_SMOKED,
    "77386006": claims.PREGNANCY,
    "72892002": claims.PREGNANCY,
    "64859006": claims.OSTEOPOROSIS,
    "441509002": claims.CARDIAC_DEVICE,
    "293637006": claims.CONTRAST_ALLERGY,
}

# Type 2 diabetes refuted leaves type 1 open; diabetes refuted leaves nothing open. ICD-10 codes are kinds, all of them.
_WHOLE = frozenset(
    {
        "73211009",
        "38341003",
        "55822004",
        "709044004",
        "53741008",
        "233985008",
        "49436004",
        "840580004",
        "18347007",
        "414916001",
        "293637006",
    }
)

# The group "side" is the laterality digit: 1 right, 2 left, 3 bilateral. "Other extremity" (8) is an arm, and left out.
_ICD10: tuple[tuple[str, Disorder, tuple[Side, ...]], ...] = (
    (r"E(08|09|1[0-4])", claims.DIABETES, ()),
    (r"E(08|09|1[0-3])5[12]", claims.DIABETIC_ANGIOPATHY, ()),
    (r"E(08|09|1[0-3])52", claims.DIABETIC_GANGRENE, ()),
    (r"E(08|09|1[0-3])621", claims.DIABETIC_FOOT_ULCER, ()),
    (r"I1[0-6]", claims.HYPERTENSION, ()),
    (r"E78[0-5]", claims.HYPERLIPIDAEMIA, ()),
    (r"N18([3-5]|9|$)", claims.KIDNEY, ()),
    (r"N18[12]", claims.KIDNEY_EARLY, ()),
    (r"N186", claims.KIDNEY_FAILURE, ()),
    (r"Z992", claims.DIALYSIS, ()),
    (r"I2[0-5]", claims.CORONARY, ()),
    # G45.4 is transient global amnesia, no vascular event.
    (r"I6[3-6]|I672|I693|G45(?!4)|Z8673", claims.CEREBROVASCULAR, ()),
    (r"I713", claims.RUPTURED_ANEURYSM, ()),
    (r"I714", claims.ANEURYSM, ()),
    (r"I48", claims.FIBRILLATION, ()),
    # Native arteries, then five kinds of bypass graft, all subdivided alike. I70.25 and its like are arms.
    (r"I70[2-7]$", claims.PAD, ()),
    (r"I70[2-7][09](?!8)", claims.PAD, ()),
    (r"I70[2-7]1(?!8)(?P<side>\d)?", claims.PAD_CLAUDICATION, ()),
    (r"I70[2-7]2(?!8)(?P<side>\d)?", claims.PAD_REST_PAIN, ()),
    (r"I70[2-7]3", claims.PAD_ULCER, (Side.RIGHT,)),
    (r"I70[2-7]4", claims.PAD_ULCER, (Side.LEFT,)),
    (r"I70[2-7]6(?!8)(?P<side>\d)?", claims.PAD_GANGRENE, ()),
    (r"I7092", claims.PAD, ()),
    # I73.1 is thromboangiitis, not atherosclerosis.
    (r"I739", claims.PAD, ()),
    (r"I74[35]", claims.ACUTE_ISCHAEMIA, ()),
    (r"I96", claims.GANGRENE, ()),
    (r"L97[345](?P<side>\d)?", claims.FOOT_ULCER, ()),
    (r"L97(?![345])", claims.LEG_ULCER, ()),
    (r"M480[67](?!2)", claims.STENOSIS, ()),
    (r"M48062", claims.NEUROGENIC, ()),
    (r"G834", claims.CAUDA_EQUINA, ()),
    (r"R33", claims.URINARY_RETENTION, ()),
    # The last character of an injury: A and B are its first treatment; what heals or is past says nothing of today.
    (r"T79A2[129]A", claims.ACUTE_COMPARTMENT, ()),
    (r"M79A2", claims.COMPARTMENT, ()),
    (r"S(22|32)0([0-9X]{2}[AB]|$)|M485([0-9]XA|$)|M8008XA", claims.VERTEBRAL_FRACTURE, ()),
    (r"M46[2345]|G061", claims.SPINAL_INFECTION, ()),
    (r"C412", claims.SPINAL_TUMOUR, ()),
    (r"I824", claims.THROMBOSIS, ()),
    (r"I825|I870|Z86718", claims.PAST_THROMBOSIS, ()),
    # E66.3 is overweight. Z68.3 and Z68.4 are a body mass index of 30 and more.
    (r"E66(?!3)", claims.OBESITY, ()),
    (r"Z68[34]", claims.OBESITY, ()),
    # F17.22 is chewing tobacco; a sixth character 1 is remission.
    (r"F172(?!2)(?!.1)", claims.SMOKING, ()),
    (r"Z720", claims.SMOKING, ()),
    (r"F172[019]1|Z87891", claims.PAST_SMOKING, ()),
    (r"Z331|Z34|Z3A|O09|O[234]", claims.PREGNANCY, ()),
    (r"M8[01]|Z7952", claims.OSTEOPOROSIS, ()),
    # C44 is the common skin cancer, which does not spread to bone.
    (r"C(?!44)|Z85", claims.CANCER, ()),
    (r"Z950|Z95810", claims.CARDIAC_DEVICE, ()),
    (r"Z91041", claims.CONTRAST_ALLERGY, ()),
    (r"M796[06]", claims.LEG_PAIN, ()),
    (r"Z95820|Z9862", claims.REVASCULARISATION, ()),
    (r"Z894[13](?P<side>\d)?", claims.GREAT_TOE_AMPUTATION, ()),
    (r"Z89(44|5.|6.)(?P<side>\d)?|Z89[56]$", claims.AMPUTATION, ()),
)
_ICD10_PATTERNS = tuple((re.compile(pattern), disorder, sides) for pattern, disorder, sides in _ICD10)


def disorders_of(system: str, code: str) -> tuple[Recorded, ...]:
    """Everything a code says; empty for a code this service does not read."""
    if system == SNOMED:
        disorder = _SNOMED.get(code)
        return (Recorded(disorder=disorder, whole=code in _WHOLE),) if disorder else ()
    plain = code.upper().replace(".", "").replace(" ", "")
    if system in _OTHER_EDITIONS and not plain.startswith("M480"):
        plain = plain[:4]
    elif system not in _CLINICAL_MODIFICATION and system not in _OTHER_EDITIONS:
        return ()
    found = []
    for pattern, disorder, sides in _ICD10_PATTERNS:
        match = pattern.match(plain)
        if match:
            digit = match.groupdict().get("side") or ""
            found.append(Recorded(disorder=disorder, sides=sides or _DIGITS.get(digit, ())))
    return tuple(found)

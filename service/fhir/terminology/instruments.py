"""Our codes for published instruments and for the classes they give."""

from __future__ import annotations

from service.fhir.terminology.own import Concept, by_code

INSTRUMENTS = by_code(
    Concept("edinburgh", "Edinburgh Claudication Questionnaire", "Definite, atypical or no claudication, with its grade."),
    Concept("rose", "Rose questionnaire for claudication", "Claudication by the strict rules of field surveys, with its grade."),
    Concept("san-diego", "San Diego Claudication Questionnaire", "What kind of leg pain one leg has, if any."),
    Concept("lss-dst", "Lumbar spinal stenosis diagnosis support tool", "Score from -3 to 16; 7 or more speaks for stenosis."),
    Concept(
        "lss-sshq",
        "Lumbar spinal stenosis self-reported history questionnaire",
        "Ten questions, 0 to 10; positive by the first four, or by one of them with two of the others.",
    ),
    Concept("sugioka", "Sugioka rule for lumbar spinal stenosis", "Score of self-reported answers, -2 to 10; positive from 5."),
    Concept("cook", "Cook cluster for lumbar spinal stenosis", "How many of five findings are there; positive from 4."),
    Concept(
        "nadeau-neurogenic", "Nadeau neurogenic constellation", "How many of its four symptoms are there; positive with all."
    ),
    Concept("nadeau-vascular", "Nadeau vascular constellation", "How many of its two symptoms are there; positive with both."),
    Concept("fontaine", "Fontaine stage", "Stage of chronic artery disease of one leg."),
    Concept("rutherford", "Rutherford category", "Category of chronic artery disease of one leg, 0 to 6."),
    Concept("rutherford-acute", "Rutherford class of acute limb ischaemia", "Whether an acutely ischaemic leg is viable."),
    Concept("wifi-wound", "WIfI wound grade", "Extent of tissue loss of one foot, 0 to 3."),
    Concept("wifi-ischaemia", "WIfI ischaemia grade", "Perfusion of one foot, 0 (good) to 3 (worst)."),
    Concept("wifi-foot-infection", "WIfI foot infection grade", "Infection of one foot, 0 to 3."),
    Concept("lowest-score", "Lowest score still possible", "The score if every answer not known took points away."),
    Concept("highest-score", "Highest score still possible", "The score if every answer not known gave points."),
    Concept("possible-result", "Result still possible", "A class that the answers not known leave open."),
)

INSTRUMENT_RESULTS = by_code(
    Concept("definite-grade-2", "Definite claudication, grade 2", "In the calf; also at ordinary pace on the level."),
    Concept("definite-grade-1", "Definite claudication, grade 1", "In the calf; uphill or hurrying only."),
    Concept("atypical-grade-2", "Atypical claudication, grade 2", "Thigh or buttock, not the calf; also at ordinary pace."),
    Concept("atypical-grade-1", "Atypical claudication, grade 1", "Thigh or buttock, not the calf; uphill or hurrying only."),
    Concept("not-claudication", "Not claudication", "The rules of the Edinburgh questionnaire are not met."),
    Concept("rose-grade-2", "Rose claudication, grade 2", "All Rose rules met; also at ordinary pace on the level."),
    Concept("rose-grade-1", "Rose claudication, grade 1", "All Rose rules met; uphill or hurrying only."),
    Concept("no-rose-claudication", "No Rose claudication", "A Rose rule is not met."),
    Concept("leg-rose-claudication", "Rose claudication in this leg", "This leg hurts by all Rose rules."),
    Concept("leg-calf-not-rose", "Calf pain on walking, not Rose", "Calf pain on exertion only that fails a Rose rule."),
    Concept("leg-not-calf", "Leg pain on walking, not in the calf", "Pain on exertion only, elsewhere than in the calf."),
    Concept("leg-pain-at-rest", "Leg pain on walking and at rest", "Pain that also begins standing still or sitting."),
    Concept("leg-no-pain", "No pain in this leg", "This leg does not hurt on walking."),
    Concept("fontaine-4", "Fontaine stage IV", "Ulcer or gangrene."),
    Concept("fontaine-3", "Fontaine stage III", "Pain of the foot at rest."),
    Concept("fontaine-2b", "Fontaine stage IIb", "Claudication within 200 m."),
    Concept("fontaine-2a", "Fontaine stage IIa", "Claudication, not within 200 m."),
    Concept("fontaine-1", "Fontaine stage I", "Artery disease without symptoms."),
    Concept("rutherford-6", "Rutherford category 6", "Major tissue loss."),
    Concept("rutherford-5", "Rutherford category 5", "Minor tissue loss."),
    Concept("rutherford-4", "Rutherford category 4", "Pain of the foot at rest."),
    Concept("rutherford-3", "Rutherford category 3", "Severe claudication."),
    Concept("rutherford-2", "Rutherford category 2", "Moderate claudication."),
    Concept("rutherford-1", "Rutherford category 1", "Mild claudication."),
    Concept("rutherford-0", "Rutherford category 0", "Artery disease without symptoms."),
    Concept("acute-3", "Acute ischaemia, Rutherford class III", "Irreversible."),
    Concept("acute-2b", "Acute ischaemia, Rutherford class IIb", "Threatened at once."),
    Concept("acute-2a", "Acute ischaemia, Rutherford class IIa", "Threatened, salvageable if treated promptly."),
    Concept("acute-1", "Acute ischaemia, Rutherford class I", "Viable, not threatened at once."),
    Concept("wound-3", "WIfI wound 3", "Extensive deep ulcer or gangrene of forefoot or midfoot, or full-thickness heel ulcer."),
    Concept(
        "wound-2", "WIfI wound 2", "Deep ulcer with exposed bone, joint or tendon, shallow heel ulcer, or gangrene of toes only."
    ),
    Concept("wound-1", "WIfI wound 1", "Small shallow ulcer without gangrene."),
    Concept("wound-0", "WIfI wound 0", "No ulcer and no gangrene."),
    Concept("ischaemia-3", "WIfI ischaemia 3", "ABI under 0.40, ankle under 50 mmHg, toe or skin oxygen under 30 mmHg."),
    Concept("ischaemia-2", "WIfI ischaemia 2", "ABI 0.40 to 0.59, ankle 50 to 69 mmHg, toe or skin oxygen 30 to 39 mmHg."),
    Concept("ischaemia-1", "WIfI ischaemia 1", "ABI 0.60 to 0.79, ankle 70 to 100 mmHg, toe or skin oxygen 40 to 59 mmHg."),
    Concept(
        "ischaemia-0", "WIfI ischaemia 0", "ABI of 0.80 or more, ankle over 100 mmHg, toe or skin oxygen of 60 mmHg or more."
    ),
    Concept("foot-infection-3", "WIfI foot infection 3", "Infection with signs of a systemic inflammatory response."),
    Concept(
        "foot-infection-2",
        "WIfI foot infection 2",
        "Local infection that is wide or reaches deeper than skin and subcutaneous tissue.",
    ),
    Concept("foot-infection-1", "WIfI foot infection 1", "Local infection of skin and subcutaneous tissue only."),
    Concept("foot-infection-0", "WIfI foot infection 0", "No sign of infection."),
)

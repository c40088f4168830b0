"""The words for patients, in English and Spanish (usted, as spoken in the Americas): a question here is one a person can answer without being examined.

Left out on purpose: what needs hands, a Doppler or a clinician's judgement, and `iv-drug-use`, which is asked in private and not on a sheet of paper.
Spanish has not been reviewed by a clinician who is a native speaker: docs/hazards.md says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from service.clinical.measurements import Side
from service.clinical.vocabulary import VOCABULARY, Section

ENGLISH, SPANISH = "en", "es"
LANGUAGES = (ENGLISH, SPANISH)


class Words(NamedTuple):
    """The same in both languages."""

    english: str
    spanish: str


TITLE = Words("Questions about your legs", "Preguntas sobre sus piernas")
DESCRIPTION = Words(
    "Answer what you can. If you are not sure, leave the question open: an open question is never read as no.",
    "Conteste lo que pueda. Si no está seguro o segura, deje la pregunta sin contestar: nunca se toma como un «no».",
)
GROUPS: Mapping[Section, Words] = {
    Section.HISTORY: Words("Your leg problem", "El problema de sus piernas"),
    Section.RED_FLAG: Words("Signs that may need care soon", "Señales que pueden necesitar atención pronto"),
}
UNITS: Mapping[str, Words] = {"wk": Words("weeks", "semanas"), "m": Words("metres", "metros")}

# {leg} and {foot} stand for the side as it agrees with the word before it.
_SIDES: Mapping[Side, tuple[str, str, str]] = {
    Side.RIGHT: ("right", "derecha", "derecho"),
    Side.LEFT: ("left", "izquierda", "izquierdo"),
}

_QUESTIONS: Mapping[str, Words] = {
    "leg-pain-on-walking": Words(
        "Do you get pain or discomfort in a leg or buttock when you walk?",
        "¿Siente dolor o molestias en alguna pierna o nalga cuando camina?",
    ),
    "symptom-side": Words("Which leg is it?", "¿En qué pierna lo siente?"),
    "symptom-site": Words("Where do you feel it? Mark every place.", "¿Dónde lo siente? Marque todos los lugares."),
    "symptom-character": Words(
        "What does it feel like? Mark every word that fits.",
        "¿Cómo es lo que siente? Marque todas las palabras que correspondan.",
    ),
    "symptom-duration-weeks": Words("How many weeks ago did it start?", "¿Hace cuántas semanas empezó?"),
    "sudden-onset-within-14-days": Words(
        "Did it start suddenly, within the last 14 days?", "¿Empezó de repente, en los últimos 14 días?"
    ),
    "begins-standing-or-sitting": Words(
        "Does it ever start while you are standing still or sitting?",
        "¿Alguna vez le empieza mientras está de pie sin caminar o mientras está en un asiento?",
    ),
    "provoked-uphill-or-hurrying": Words(
        "Does it come on when you walk uphill or hurry?", "¿Le aparece cuando camina cuesta arriba o de prisa?"
    ),
    "provoked-ordinary-pace-level": Words(
        "Does it come on when you walk at your normal pace on flat ground?",
        "¿Le aparece cuando camina a su paso normal en terreno plano?",
    ),
    "provoked-by-standing-alone": Words(
        "Is just standing, without walking, enough to bring it on?", "¿Basta con estar de pie, sin caminar, para que le aparezca?"
    ),
    "worse-standing-up": Words("Does it get worse when you stand up?", "¿Le empeora cuando se pone de pie?"),
    "consistent-walking-distance": Words(
        "Does it come on after about the same distance each time?", "¿Le aparece cada vez más o menos a la misma distancia?"
    ),
    "walking-distance-m": Words(
        "After how many metres does it come on? (100 metres are about 110 yards.)",
        "¿Después de cuántos metros le aparece? (Una cuadra mide unos 100 metros.)",
    ),
    "makes-stop-or-slow-down": Words("Does it make you stop or slow down?", "¿Le obliga a detenerse o a caminar más despacio?"),
    "continues-while-walking-on": Words(
        "Does it last as long as you keep walking?", "¿Le dura todo el tiempo que sigue caminando?"
    ),
    "relieved-by-standing-still": Words(
        "Does it ease when you stand still, without sitting down?", "¿Se le alivia al quedarse de pie sin moverse, sin sentarse?"
    ),
    "relief-within-10-minutes": Words(
        "Is it gone within 10 minutes of standing still?", "¿Se le quita en 10 minutos o menos al quedarse de pie sin moverse?"
    ),
    "relieved-by-sitting": Words("Does it ease when you sit down?", "¿Se le alivia cuando se sienta?"),
    "no-pain-when-seated": Words(
        "Are you completely free of this pain while you sit?", "¿Se le quita el dolor por completo mientras está en un asiento?"
    ),
    "relieved-by-bending-forward": Words(
        "Does it ease when you bend forward?", "¿Se le alivia cuando se inclina hacia adelante?"
    ),
    "relieved-by-leaning-on-cart": Words(
        "Is walking easier when you lean on a shopping cart or a walker?",
        "¿Camina mejor cuando se apoya en un carrito de compras o en un andador?",
    ),
    "induced-by-bending-forward": Words("Does bending forward bring it on?", "¿Le aparece al inclinarse hacia adelante?"),
    "worse-bending-backward": Words("Does it get worse when you bend backward?", "¿Le empeora cuando se inclina hacia atrás?"),
    "relieved-by-bending-backward": Words("Does it ease when you bend backward?", "¿Se le alivia cuando se inclina hacia atrás?"),
    "back-pain": Words("Do you have pain in your lower back?", "¿Tiene dolor en la parte baja de la espalda?"),
    "leg-pain-worse-than-back-pain": Words(
        "Is the leg pain worse than the back pain?", "¿El dolor de la pierna es más fuerte que el de la espalda?"
    ),
    "relieved-by-leg-elevation": Words("Does raising your leg ease it?", "¿Se le alivia si levanta la pierna?"),
    "slow-relief-after-stopping": Words(
        "After you stop, does it take more than 15 minutes to go away?",
        "Cuando se detiene, ¿tarda más de 15 minutos en quitársele?",
    ),
    "rest-pain-foot": Words(
        "Do your foot or toes hurt when you are resting, for example in bed?",
        "¿Le duele el pie o los dedos del pie cuando descansa, por ejemplo en la cama?",
    ),
    "rest-pain-over-2-weeks": Words(
        "Has the foot hurt at rest for more than 2 weeks?", "¿Hace más de 2 semanas que le duele el pie cuando descansa?"
    ),
    "rest-pain-relieved-by-hanging-down": Words(
        "Does letting the foot hang down ease that pain?", "¿Se le alivia ese dolor si deja el pie colgando?"
    ),
    "walking-limitation": Words("How much does it limit your daily life?", "¿Cuánto limita esto su vida diaria?"),
    "posterior-knee-swelling": Words(
        "Is there a swelling behind your knee?", "¿Tiene un bulto o una hinchazón detrás de la rodilla?"
    ),
    "runner-or-athlete": Words("Do you run or train hard?", "¿Corre o entrena con mucha intensidad?"),
    "prior-dvt": Words(
        "Have you ever had a blood clot in a deep vein of the leg (deep vein thrombosis)?",
        "¿Ha tenido alguna vez un coágulo de sangre en una vena profunda de la pierna (trombosis venosa profunda)?",
    ),
    "unilateral-leg-swelling": Words("Is one leg swollen, and the other not?", "¿Tiene una pierna hinchada y la otra no?"),
    "calf-tenderness": Words("Does your calf hurt when you press on it?", "¿Le duele la pantorrilla cuando la aprieta?"),
    "stocking-numbness": Words(
        "Are both your feet numb, in the shape of socks?", "¿Tiene los dos pies adormecidos, como si llevara calcetines?"
    ),
    "saddle-anaesthesia": Words(
        "Are you numb around the anus, the genitals or the inner thighs?",
        "¿Tiene adormecida la zona alrededor del ano, los genitales o la parte interna de los muslos?",
    ),
    "new-bladder-or-bowel-dysfunction": Words(
        "Do you have a new problem with passing or holding urine or stool?",
        "¿Tiene un problema nuevo para orinar o para evacuar, o para aguantar la orina o las heces?",
    ),
    "bilateral-leg-weakness": Words("Are both your legs weak?", "¿Tiene débiles las dos piernas?"),
    "progressive-motor-deficit": Words(
        "Is weakness in a leg or foot getting worse?", "¿Tiene debilidad en una pierna o un pie, y va empeorando?"
    ),
    "fever": Words("Do you have a fever?", "¿Tiene fiebre?"),
    "immunosuppression": Words(
        "Are your defences against infection weakened by an illness or a medicine?",
        "¿Tiene las defensas bajas por una enfermedad o por un medicamento?",
    ),
    "cancer-history": Words("Have you ever had cancer?", "¿Ha tenido cáncer alguna vez?"),
    "unexplained-weight-loss": Words("Have you lost weight without knowing why?", "¿Ha bajado de peso sin saber por qué?"),
    "night-pain": Words(
        "Does back pain wake you at night, whatever position you lie in?",
        "¿Le despierta de noche el dolor de espalda, en cualquier posición?",
    ),
    "major-trauma": Words(
        "Have you had a serious fall, crash or blow recently?", "¿Ha tenido hace poco una caída, un choque o un golpe fuerte?"
    ),
    "osteoporosis-or-steroids": Words(
        "Do you have osteoporosis (weak bones), or have you taken steroid tablets for a long time?",
        "¿Tiene osteoporosis (huesos débiles) o ha tomado pastillas de cortisona (corticoides) durante mucho tiempo?",
    ),
    "abdominal-or-back-pain-with-collapse": Words(
        "Do you have belly or back pain together with fainting or low blood pressure?",
        "¿Tiene dolor en el vientre o en la espalda junto con desmayos o presión baja?",
    ),
    "foot-wound": Words(
        "Do you have a wound or sore on your {side} foot or ankle?",
        "¿Tiene una herida o una llaga en el pie o el tobillo {foot}?",
    ),
    "gangrene": Words("Has any part of your {side} foot turned black?", "¿Se le ha puesto negra alguna parte del pie {foot}?"),
    "cold-leg": Words(
        "Is your {side} leg cold, more than usual or more than the other?",
        "¿Tiene fría la pierna {leg}, más que de costumbre o más que la otra?",
    ),
    "pale-leg": Words("Is your {side} leg pale?", "¿Tiene pálida la pierna {leg}?"),
    "leg-sensory-loss": Words(
        "How much feeling have you lost in your {side} leg?", "¿Cuánta sensibilidad ha perdido en la pierna {leg}?"
    ),
    "leg-motor-loss": Words(
        "How much strength have you lost in your {side} leg?", "¿Cuánta fuerza ha perdido en la pierna {leg}?"
    ),
}


def plain_questions(section: Section) -> Mapping[str, Words]:
    """What patients are asked of one section, by finding code, in the order of the vocabulary."""
    asked = {code: _question(code) for code, term in VOCABULARY.items() if term.section is section}
    return {code: words for code, words in asked.items() if words is not None}


def _question(code: str) -> Words | None:
    for side, (english, leg, foot) in _SIDES.items():
        stem = code.removesuffix(f"-{side}")
        if stem != code and stem in _QUESTIONS:
            words = _QUESTIONS[stem]
            return Words(words.english.format(side=english), words.spanish.format(leg=leg, foot=foot))
    return _QUESTIONS.get(code)

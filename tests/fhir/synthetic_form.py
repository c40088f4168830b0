"""A Questionnaire that asks in every way a form can show, about nothing in particular."""

from __future__ import annotations

from typing import Any

from service.fhir.forms.form_definition import HIGHEST, LOWEST, UNIT
from service.fhir.forms.translations import translated

SYSTEM = "https://forms.example/CodeSystem/colours"


def coding(code: str, spanish: str = "") -> dict[str, Any]:
    others = {"es": spanish} if spanish else {}
    return {"system": SYSTEM, "code": code, **translated("display", code.capitalize(), others)}


def questionnaire(*more: dict[str, Any]) -> dict[str, Any]:
    """With `more` items at its end, outside of any group."""
    return {
        "resourceType": "Questionnaire",
        "url": "https://forms.example/Questionnaire/all",
        "version": "7",
        **translated("title", "Everything", {"es": "Todo"}),
        "status": "active",
        "item": [
            {"linkId": "first", "text": "Outside of any group", "type": "boolean"},
            {
                "linkId": "group-one",
                **translated("text", "One", {"es": "Uno"}),
                "type": "group",
                "item": [
                    {"linkId": "told", "text": "Read this", "type": "display"},
                    {"linkId": "sure", **translated("text", "Sure?", {"es": "¿Seguro?"}), "type": "boolean", "required": True},
                    {
                        "linkId": "colour",
                        "text": "Which?",
                        "type": "choice",
                        "answerOption": [{"valueCoding": coding("red", "Rojo")}, {"valueCoding": coding("blue")}],
                    },
                    {
                        "linkId": "colours",
                        "text": "Which ones?",
                        "type": "choice",
                        "repeats": True,
                        "answerOption": [{"valueCoding": coding("red")}, {"valueCoding": coding("blue")}],
                    },
                    {
                        "linkId": "weight",
                        "text": "How much?",
                        "type": "decimal",
                        "extension": [
                            {"url": UNIT, "valueCoding": {"code": "kg", **translated("display", "kilos", {"es": "kilos"})}},
                            {"url": LOWEST, "valueDecimal": 1.5},
                            {"url": HIGHEST, "valueDecimal": 300},
                        ],
                    },
                    {
                        "linkId": "group-two",
                        "text": "Two",
                        "type": "group",
                        "item": [
                            {"linkId": "count", "text": "How many?", "type": "integer"},
                            {"linkId": "day", "text": "When?", "type": "date"},
                            {"linkId": "name", "text": "Who?", "type": "string", "maxLength": 12},
                            {"linkId": "story", "text": "What happened?", "type": "text"},
                        ],
                    },
                ],
            },
            *more,
        ],
    }


def asked_when(link_id: str, *conditions: dict[str, Any], all_of: bool = False) -> dict[str, Any]:
    item = {"linkId": link_id, "text": f"{link_id}?", "type": "boolean", "enableWhen": list(conditions)}
    return item | ({"enableBehavior": "all"} if all_of else {})

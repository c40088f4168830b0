"""Words in more than one language, as R4 has them: the text itself in one, the others in translation extensions beside it."""

from __future__ import annotations

from collections.abc import Mapping

from service.fhir.elements import Json, dicts

TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"


def translated(name: str, text: str, others: Mapping[str, str]) -> Json:
    """The element `name` with its text, and the texts of other languages by their BCP 47 code."""
    extensions = [
        {"url": TRANSLATION, "extension": [{"url": "lang", "valueCode": language}, {"url": "content", "valueString": other}]}
        for language, other in others.items()
    ]
    return {name: text, f"_{name}": {"extension": extensions}} if extensions else {name: text}


def in_language(holder: Json, name: str, language: str) -> str:
    """The text of an element in a language; in its own where that translation is missing, "" where there is no text."""
    beside = holder.get(f"_{name}")
    for extension in dicts(beside.get("extension")) if isinstance(beside, dict) else ():
        if extension.get("url") != TRANSLATION:
            continue
        parts = {part.get("url"): part for part in dicts(extension.get("extension"))}
        if parts.get("lang", {}).get("valueCode") == language:
            return str(parts.get("content", {}).get("valueString", holder.get(name, "")))
    return str(holder.get(name, ""))

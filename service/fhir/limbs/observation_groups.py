"""Members of a group Observation take over what only the group says: site, time, encounter, exercise, position, method."""

from __future__ import annotations

from service.clinical.measurements import Phase
from service.fhir.elements import Json, dicts, reference
from service.fhir.limbs.exercise_state import exercise_state
from service.fhir.reading import Context, Entry
from service.fhir.terminology import snomed

EXERCISE_ASSOCIATION = "http://hl7.org/fhir/us/vitals/StructureDefinition/ExerciseAssociationExt"

_TIMES = ("effectiveDateTime", "effectiveInstant", "effectivePeriod", "effectiveTiming")
_HANDED_DOWN = ("bodySite", "encounter", "method")


def hand_down(entries: tuple[Entry, ...], context: Context) -> tuple[Entry, ...]:
    """The same entries, each member of a group (Observation.hasMember) completed with what it lacks. Nothing a member says itself is changed."""
    resources = {entry.path: entry for entry in entries}
    # A group may itself be a member. Completing only ever adds, so this comes to an end, cycles included.
    waiting = [entry for entry in entries if entry.resource_type == "Observation" and entry.resource.get("hasMember")]
    if not waiting:
        return entries
    while waiting:
        group = resources[waiting.pop(0).path]
        for link in dicts(group.resource.get("hasMember")):
            target = reference(link)
            found = context.find(group, target) if target else None
            member = resources.get(found.path) if found else None
            if member is None or member.resource_type != "Observation":
                continue
            completed = _completed(member.resource, group.resource, context)
            if completed != member.resource:
                resources[member.path] = member._replace(resource=completed)
                if completed.get("hasMember"):
                    waiting.append(member)
    return tuple(resources[entry.path] for entry in entries)


def _completed(member: Json, group: Json, context: Context) -> Json:
    added: Json = {key: group[key] for key in _HANDED_DOWN if key in group and key not in member}
    if not any(key in member for key in _TIMES):
        added |= {key: group[key] for key in _TIMES if key in group}
    own = dicts(member.get("extension"))
    urls = {extension.get("url") for extension in own}
    extensions = [extension for extension in dicts(group.get("extension")) if extension.get("url") not in urls]
    after = exercise_state(group, context).phase is Phase.POST_EXERCISE
    if after and not any(_about_exercise(extension) for extension in (*own, *extensions)):
        extensions.append({"url": EXERCISE_ASSOCIATION, "valueCodeableConcept": {"coding": [snomed.AFTER_EXERCISE.coding()]}})
    if extensions:
        added["extension"] = [*own, *extensions]
    return {**member, **added}


def _about_exercise(extension: Json) -> bool:
    return "exercise" in str(extension.get("url")).lower()

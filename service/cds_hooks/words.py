"""What the texts of the cards name in braces, in words for a clinician."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from service.cds_hooks.drafts import CLAUDICATION, LUMBAR_STENOSIS, Written
from service.cds_hooks.hook_facts import draft_legs, open_orders, recent_studies
from service.cds_hooks.markdown import SUMMARY_LIMIT
from service.clinical.assessment import Assessment, OpenOrder, RedFlag
from service.clinical.indices import AbiCategory, Leg, PadStatus
from service.evidence.conditions import Facts, FactValue
from service.fhir.sentences import ratio
from service.fhir.terminology.finding_names import FINDING_NAMES
from service.fhir.terminology.orders import ORDERS
from service.fhir.terminology.own import RED_FLAGS
from service.fhir.terminology.recognised_orders import RECOGNISED

_SENTENCES = re.compile(r"(?<=[.;]) ")
_PROBLEMS: Mapping[str, str] = {CLAUDICATION: "Claudication", LUMBAR_STENOSIS: "Lumbar stenosis"}


def order_name(code: str) -> str:
    """What a card calls an order, ours or only recognised."""
    return ORDERS[code].concept.display if code in ORDERS else RECOGNISED[code].display


def of_the_patient(facts: Facts, assessment: Assessment, *, recent_days: int) -> dict[str, str]:
    """Every fact that is one value, as it is written, and the words for the legs and for what is missing."""
    said = {name: _plain(value) for name, value in facts.items() if not isinstance(value, frozenset)}
    legs = assessment.indices.legs
    said["confirmed-legs"] = ", ".join(_measured(leg) for leg in legs if leg.pad_status is PadStatus.CONFIRMED)
    said["stiff-legs"] = " and ".join(
        f"{leg.side} ABI {_value(leg)}" for leg in legs if leg.abi is not None and leg.abi.category is AbiCategory.NONCOMPRESSIBLE
    )
    said["kidneys"] = _kidneys(facts)
    said["still-missing"] = "; ".join(_datum(datum.code) for datum in assessment.next_data)
    said["recent-days"] = str(recent_days)
    return said


def of_a_draft(
    facts: Facts, draft: Written, assessment: Assessment, written: Sequence[Written], *, as_of: datetime, recent_days: int
) -> dict[str, str]:
    """The words for one order being written."""
    standing = [order for order in open_orders(assessment, written) if order.code == draft.code]
    done = [order for order in recent_studies(assessment, as_of=as_of, days=recent_days) if order.code == draft.code]
    return {
        "draft": order_name(draft.code),
        "draft-leg-pressures": "; ".join(_pressures(side, facts) for side in draft_legs(draft) if _pressures(side, facts)),
        "open-since": _on(standing),
        "done-on": _on(done),
    }


def of_a_problem(written: Written) -> dict[str, str]:
    return {"problem": _PROBLEMS[written.code]}


def of_a_flag(flags: Sequence[RedFlag]) -> dict[str, str]:
    """The words for a red flag raised in one leg or both: its texts one after the other, and as many whole sentences of them as a summary holds."""
    texts = list(dict.fromkeys(flag.text for flag in flags))
    name = RED_FLAGS[flags[0].code].display
    sides = " and ".join(dict.fromkeys(str(flag.side) for flag in flags if flag.side is not None))
    begin = f"{name}, {sides} leg." if len(texts) > 1 else ""
    return {"flag-text": " ".join(texts), "flag-summary": _fitting(" ".join([begin, *texts[:1]]).strip())}


def _fitting(text: str) -> str:
    """The sentences, from the first, that fit into a summary; all of the text where not even the first does."""
    kept = ""
    for sentence in _SENTENCES.split(text):
        longer = f"{kept} {sentence}".strip()
        if len(longer) > SUMMARY_LIMIT:
            break
        kept = longer
    return f"{kept[:-1]}." if kept.endswith(";") else kept or text


def _measured(leg: Leg) -> str:
    """What confirmed the disease of one leg, e.g. "Left leg ABI 0.62"; there are three criteria."""
    where = f"{leg.side.capitalize()} leg"
    if leg.abi is not None and leg.abi.category is AbiCategory.ABNORMAL:
        return f"{where} ABI {_value(leg)}"
    if leg.tbi is not None and leg.tbi.abnormal:
        return f"{where} TBI {ratio(leg.tbi.ratio)}"
    return f"{where} exercise test positive"


def _value(leg: Leg) -> str:
    return "not known" if leg.abi is None else ratio(leg.abi.ratio)


def _pressures(side: str, facts: Facts) -> str:
    known = (
        ("ABI", f"abi-{side}", ""),
        ("ankle", f"ankle-mmhg-{side}", " mmHg"),
        ("toe", f"toe-mmhg-{side}", " mmHg"),
        ("skin oxygen", f"tcpo2-mmhg-{side}", " mmHg"),
    )
    told = [f"{name} {_plain(facts[fact])}{unit}" for name, fact, unit in known if fact in facts]
    return f"{side} {', '.join(told)}" if told else ""


def _kidneys(facts: Facts) -> str:
    if facts.get("dialysis") is True:
        return "on dialysis"
    filtration = facts.get("egfr-ml-min-1.73m2")
    return "eGFR not known" if filtration is None else f"eGFR {_plain(filtration)}"


def _datum(code: str) -> str:
    if code in ORDERS:
        return ORDERS[code].concept.display
    return FINDING_NAMES.get(code, code)


def _on(orders: Sequence[OpenOrder]) -> str:
    dates = [order.authored_at for order in orders if order.authored_at is not None]
    return f" on {max(dates).date().isoformat()}" if dates else ""


def _plain(value: FactValue) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)

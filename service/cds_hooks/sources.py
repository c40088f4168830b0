"""Where a card comes from: the guideline or study behind its rule, an address to read more, and its topic."""

from __future__ import annotations

from urllib.parse import quote

from service.cds_hooks.clients import Client
from service.cds_hooks.judgement import Fired
from service.cds_hooks.markdown import plain
from service.evidence.citations import Citation
from service.evidence.loader import Evidence
from service.fhir.elements import Json
from service.fhir.terminology.card_topics import CARD_TOPICS, flag_topic

_FLAG = "red-flag-"
_LABEL_LIMIT = 120
_OURS = "Claudication CDS"


def source(fired: Fired, client: Client, evidence: Evidence, *, public_url: str) -> Json:
    """card.source. The address is that of the source itself, never one about this patient; without DOI or PMID it is our page on the evidence."""
    found: Json = {"label": plain(fired.basis.guideline or _OURS, _LABEL_LIMIT)}
    url = _address(evidence.citations[fired.basis.citation], public_url)
    if url:
        found["url"] = url
    if not client.profile.cards_of_1_0:
        found["topic"] = CARD_TOPICS[topic_of(fired.rule, evidence)].coding("card-topic")
    return found


def topic_of(rule: str, evidence: Evidence) -> str:
    """The topic of a rule; each red flag has its own."""
    if rule.startswith(_FLAG):
        return flag_topic(rule.removeprefix(_FLAG))
    return next(one.topic for one in evidence.hook_rules if one.id == rule)


def _address(citation: Citation, public_url: str) -> str:
    if citation.doi:
        return f"https://doi.org/{quote(citation.doi, safe='/')}"
    if citation.pmid:
        return f"https://pubmed.ncbi.nlm.nih.gov/{citation.pmid}/"
    return f"{public_url.rstrip('/')}/evidence#{citation.key}" if public_url else ""

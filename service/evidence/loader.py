"""All evidence files as one value, read once at start-up, with a version that is the hash of the files."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

from service.errors import EvidenceError, Problem
from service.evidence.abi_categories import AbiCategories, parse_abi_categories
from service.evidence.alternatives import Alternative, parse_alternatives
from service.evidence.citations import Citation, parse_citations
from service.evidence.hook_rules import HookRule, parse_hook_rules
from service.evidence.instrument_weights import InstrumentWeight, parse_instrument_weights
from service.evidence.instruments import Instrument, parse_instruments
from service.evidence.likelihood_ratios import CAUSES, Entry, Model, parse_likelihood_ratios
from service.evidence.not_weighed import Figure, parse_not_weighed
from service.evidence.priors import Priors, parse_priors
from service.evidence.reading import refuse
from service.evidence.reading_limits import ReadingLimits, parse_reading_limits
from service.evidence.recommendations import Recommendations, parse_recommendations
from service.evidence.red_flags import RedFlagRule, parse_red_flags
from service.evidence.rule_index import RuleIndex, index_of

FILES = (
    "abi_categories.toml",
    "alternatives.toml",
    "citations.toml",
    "hook_rules.toml",
    "instruments.toml",
    "likelihood_ratios.toml",
    "not_weighed.toml",
    "pictures.toml",
    "priors.toml",
    "reading_limits.toml",
    "recommendations.toml",
    "red_flags.toml",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything the reasoning takes from the literature. `version` changes whenever a file does."""

    version: str
    citations: Mapping[str, Citation]
    printed: Mapping[str, str]
    """The citations as answers print them."""
    abi_categories: AbiCategories
    reading_limits: ReadingLimits
    model: Model
    entries: tuple[Entry, ...]
    entries_of: Mapping[str, tuple[Entry, ...]]
    """The same by cause."""
    priors: Priors
    red_flags: tuple[RedFlagRule, ...]
    recommendations: Recommendations
    alternatives: tuple[Alternative, ...]
    instruments: tuple[Instrument, ...]
    weights_of: Mapping[str, tuple[InstrumentWeight, ...]]
    """What scored instruments say, by cause."""
    not_weighed: tuple[Figure, ...]
    """Published figures that move nothing, for the reader."""
    hook_rules: tuple[HookRule, ...]
    red_flag_index: RuleIndex[RedFlagRule] = field(init=False, repr=False, compare=False)
    red_flag_questions: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """What every patient should be asked so that no red flag is overlooked, each once."""

    def __post_init__(self) -> None:
        questions = dict.fromkeys([code for rule in self.red_flags for code in rule.asks])
        object.__setattr__(self, "red_flag_index", index_of(self.red_flags))
        object.__setattr__(self, "red_flag_questions", tuple(questions))


def read_files() -> Mapping[str, bytes]:
    """The evidence files of the installed package, by name."""
    folder = resources.files("service.evidence")
    return {name: folder.joinpath(name).read_bytes() for name in FILES}


def load_evidence(files: Mapping[str, bytes] | None = None) -> Evidence:
    """Read, check and join all evidence files (those of the package, once, unless given). Raises EvidenceError naming file, entry and key."""
    return _of_the_package() if files is None else _evidence_in(files)


@cache
def _of_the_package() -> Evidence:
    # They do not change while the service runs, and one command may ask for them several times.
    return _evidence_in(read_files())


def _evidence_in(contents: Mapping[str, bytes]) -> Evidence:
    return evidence_of(documents_of(contents), version=version_of(contents))


def documents_of(contents: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    """The evidence files as TOML documents. Raises EvidenceError."""
    return {name: _document(name, contents[name]) for name in FILES}


def evidence_of(documents: Mapping[str, dict[str, Any]], *, version: str) -> Evidence:
    """The evidence that documents hold, checked and joined. Raises EvidenceError naming file, entry and key."""
    pictures = documents["pictures.toml"]
    model, entries = parse_likelihood_ratios(documents["likelihood_ratios.toml"], pictures)
    instruments = parse_instruments(documents["instruments.toml"], pictures)
    weights = parse_instrument_weights(documents["instruments.toml"], instruments, entries, model)
    recommendations = parse_recommendations(documents["recommendations.toml"], pictures)
    citations = parse_citations(documents["citations.toml"])
    evidence = Evidence(
        version=version,
        citations=citations,
        printed={key: citation.printed for key, citation in citations.items()},
        abi_categories=parse_abi_categories(documents["abi_categories.toml"]),
        reading_limits=parse_reading_limits(documents["reading_limits.toml"]),
        model=model,
        entries=entries,
        entries_of={cause: tuple(entry for entry in entries if entry.cause == cause) for cause in CAUSES},
        priors=parse_priors(documents["priors.toml"]),
        red_flags=parse_red_flags(documents["red_flags.toml"], pictures),
        recommendations=recommendations,
        alternatives=parse_alternatives(documents["alternatives.toml"], pictures),
        instruments=instruments,
        weights_of={cause: tuple(weight for weight in weights if weight.cause == cause) for cause in CAUSES},
        not_weighed=parse_not_weighed(documents["not_weighed.toml"]),
        hook_rules=parse_hook_rules(documents["hook_rules.toml"], pictures, orders=recommendations.orders),
    )
    for where, key in _cited(evidence):
        if key not in evidence.citations:
            raise refuse(where, f"cites {key!r}, which citations.toml does not have")
    _check_orders(evidence)
    return evidence


def _check_orders(evidence: Evidence) -> None:
    """Every order is proposed somewhere, or else only named in words; and no red flag names an order there is not."""
    table = evidence.recommendations
    for flag in evidence.red_flags:
        for order in flag.orders:
            if order.order not in table.orders:
                raise refuse(
                    f"red_flags.toml, {flag.id}", f"names the order {order.order!r}, which recommendations.toml does not have"
                )
    proposed = {order.order for flag in evidence.red_flags for order in flag.orders}
    proposed |= {rule.order for rule in table.rules if rule.order and not rule.withhold}
    for code in table.orders:
        if (code in proposed) == (code in table.named_in_words):
            raise refuse(
                "recommendations.toml",
                f"no rule and no red flag proposes {code}"
                if code not in proposed
                else f"{code} is proposed, and not only named in words",
            )


def version_of(contents: Mapping[str, bytes]) -> str:
    """The first twelve hexadecimal digits of the SHA-256 over all files, names included."""
    digest = hashlib.sha256()
    for name in FILES:
        digest.update(name.encode() + b"\0" + contents[name] + b"\0")
    return digest.hexdigest()[:12]


def _document(name: str, content: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode(), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
        raise EvidenceError(Problem(issue_type="exception", diagnostics=f"{name} is not TOML: {broken}")) from broken


def _cited(evidence: Evidence) -> Iterator[tuple[str, str]]:
    for entry in evidence.entries:
        yield f"likelihood_ratios.toml, {entry.id}", entry.basis.citation
    for prior in evidence.priors.priors:
        yield f"priors.toml, {prior.cause} in {prior.setting}", prior.citation
    for factor in evidence.priors.risk_factors:
        yield f"priors.toml, {factor.finding}", factor.basis.citation
    for flag in evidence.red_flags:
        yield f"red_flags.toml, {flag.id}", flag.basis.citation
    for rule in evidence.recommendations.rules:
        yield f"recommendations.toml, {rule.id}", rule.basis.citation
    for hook_rule in evidence.hook_rules:
        yield f"hook_rules.toml, {hook_rule.id}", hook_rule.basis.citation
    for alternative in evidence.alternatives:
        yield f"alternatives.toml, {alternative.code}", alternative.citation
    for key in evidence.abi_categories.citations_used:
        yield "abi_categories.toml", key
    for name, limit in evidence.reading_limits.thresholds:
        yield f"reading_limits.toml, {name}", limit.citation
    for instrument in evidence.instruments:
        yield f"instruments.toml, {instrument.id}", instrument.citation
    for figure in evidence.not_weighed:
        yield f"not_weighed.toml, {figure.id}", figure.citation

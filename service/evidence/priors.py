"""How likely each cause is before anything is asked, by setting and age, and how risk factors move the vascular one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import fields, post_load

from service.evidence.likelihood_ratios import Estimate, EstimateSchema, LogRatio, log_ratio
from service.evidence.reading import SourcedSchema, StrictSchema, Tag, load, refuse, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """Pre-test probability of a cause (0-1, with its range) in a setting. Ages in whole years; None: no limit."""

    cause: str
    setting: str
    age_from: int | None
    age_below: int | None
    probability: Estimate
    citation: str
    tag: Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLevel:
    """One value of a risk factor. `prevalence` by setting is where its effect is centred, so that not knowing changes nothing."""

    value: str
    odds_ratio: LogRatio
    prevalence: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskFactor:
    finding: str
    text: str
    levels: tuple[RiskLevel, ...]
    citation: str
    tag: Tag
    population: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Priors:
    priors: tuple[Prior, ...]
    risk_factors: tuple[RiskFactor, ...]
    shrinkage: float
    cap: float


class _PriorSchema(SourcedSchema):
    cause = fields.String(required=True)
    setting = fields.String(required=True)
    age_from = fields.Integer(load_default=None)
    age_below = fields.Integer(load_default=None)
    probability = fields.Nested(EstimateSchema, required=True)

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> Prior:
        return Prior(**data)


class _LevelSchema(StrictSchema):
    value = words()
    odds_ratio = fields.Nested(EstimateSchema, required=True)
    prevalence = fields.Dict(keys=fields.String(), values=fields.Decimal(), required=True)

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> RiskLevel:
        return RiskLevel(
            value=data["value"],
            odds_ratio=log_ratio(data["odds_ratio"]),
            prevalence={setting: float(share) for setting, share in data["prevalence"].items()},
        )


class _RiskFactorSchema(SourcedSchema):
    finding = words()
    text = words()
    levels = fields.List(fields.Nested(_LevelSchema), required=True)
    population = words(required=False)
    note = words(required=False)

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> RiskFactor:
        return RiskFactor(**{**data, "levels": tuple(data["levels"])})


class _PriorsSchema(StrictSchema):
    shrinkage = fields.Float(required=True)
    cap = fields.Float(required=True)
    prior = fields.List(fields.Nested(_PriorSchema), required=True)
    risk_factor = fields.List(fields.Nested(_RiskFactorSchema), required=True)


def parse_priors(document: Mapping[str, Any]) -> Priors:
    """priors.toml. Raises EvidenceError for a probability outside 0-1 or a prevalence that a setting lacks."""
    data = load(_PriorsSchema(), document, where="priors.toml")
    for prior in data["prior"]:
        if not 0 < prior.probability.low <= prior.probability.high < 1:
            raise refuse(f"priors.toml, {prior.cause} in {prior.setting}", "a probability lies between 0 and 1")
    settings = {prior.setting for prior in data["prior"]}
    for factor in data["risk_factor"]:
        for level in factor.levels:
            if missing := settings - set(level.prevalence):
                raise refuse(f"priors.toml, {factor.finding} {level.value}", f"no prevalence for {', '.join(sorted(missing))}")
    return Priors(
        priors=tuple(data["prior"]), risk_factors=tuple(data["risk_factor"]), shrinkage=data["shrinkage"], cap=data["cap"]
    )

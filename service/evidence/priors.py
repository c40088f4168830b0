"""How likely each cause is before anything is asked, by setting and age, and how risk factors move the vascular one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import fields, post_load

from service.evidence.basis import Basis
from service.evidence.likelihood_ratios import Estimate, EstimateSchema, Spread
from service.evidence.reading import Share, SourcedSchema, StrictSchema, Tag, load, refuse, words


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
class RiskEffect:
    """What one value of a risk factor does in one setting. `raises` False: a value without an odds ratio of its own."""

    raises: bool
    ratio: Estimate
    moves: Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLevel:
    """One value of a risk factor as the file has it. `prevalence`: how usual it is, by setting."""

    value: str
    odds_ratio: Estimate
    prevalence: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskFactor:
    """A risk factor with its effects by setting and value, and by setting for any other value.

    Effects are shrunk, and centred on what is usual in the setting, so that not knowing changes nothing.
    """

    finding: str
    text: str
    effects: Mapping[str, Mapping[str, RiskEffect]]
    otherwise: Mapping[str, RiskEffect]
    basis: Basis
    levels: tuple[RiskLevel, ...] = ()
    """As published: what the effects were worked out from."""
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
    prevalence = fields.Dict(keys=fields.String(), values=Share(), required=True)

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> RiskLevel:
        return RiskLevel(**data)


class _RiskFactorSchema(SourcedSchema):
    finding = words()
    text = words()
    levels = fields.List(fields.Nested(_LevelSchema), required=True)
    population = words(required=False)
    note = words(required=False)


class _PriorsSchema(StrictSchema):
    shrinkage = Share(required=True)
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
    named = [factor["finding"] for factor in data["risk_factor"]]
    for factor in data["risk_factor"]:
        if named.count(factor["finding"]) > 1:
            raise refuse(f"priors.toml, {factor['finding']}", "this risk factor stands there twice")
        for level in factor["levels"]:
            if missing := settings - set(level.prevalence):
                raise refuse(f"priors.toml, {factor['finding']} {level.value}", f"no prevalence for {', '.join(sorted(missing))}")
    shrinkage = data["shrinkage"]
    return Priors(
        priors=tuple(data["prior"]),
        risk_factors=tuple(_risk_factor(factor, settings, shrinkage) for factor in data["risk_factor"]),
        shrinkage=shrinkage,
        cap=data["cap"],
    )


def _risk_factor(data: dict[str, Any], settings: set[str], shrinkage: float) -> RiskFactor:
    levels: list[RiskLevel] = data["levels"]
    return RiskFactor(
        finding=data["finding"],
        text=data["text"],
        effects={
            setting: {level.value: _effect(level.odds_ratio, levels, setting, shrinkage) for level in levels}
            for setting in settings
        },
        otherwise={setting: _effect(None, levels, setting, shrinkage) for setting in settings},
        basis=Basis(rule=f"risk-{data['finding']}", citation=data["citation"], tag=data["tag"].value),
        levels=tuple(levels),
        population=data["population"],
        note=data["note"],
    )


def _effect(odds_ratio: Estimate | None, levels: list[RiskLevel], setting: str, shrinkage: float) -> RiskEffect:
    mine = odds_ratio or Estimate(value=1.0, low=1.0, high=1.0)
    moves = [
        shrinkage
        * (
            math.log(getattr(mine, end))
            - sum(level.prevalence[setting] * math.log(getattr(level.odds_ratio, end)) for level in levels)
        )
        for end in ("value", "low", "high")
    ]
    return RiskEffect(raises=odds_ratio is not None, ratio=mine, moves=(moves[0], min(moves), max(moves)))

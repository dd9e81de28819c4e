"""The legend of a plan: what the names in its tables stand for.

A plan is read years later, on another machine, by people who do not have its instance. So it
carries the kinds, names and units by which a reader adds up its money and understands its tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from optimizer.instance.records import Record
from optimizer.plan.policy_words import said_of
from optimizer.vocabulary.criteria import MUSD, unit_of
from optimizer.vocabulary.instruments import InstrumentKind

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.instance.settings import Objective, Settings


class ProjectLegend(Record):
    """A project of the plan."""

    name: str = ""
    country: str = ""
    makes: str = ""
    """Main material, or corridor, or kind."""
    capacity_kt_per_year: float = 0.0
    """Of the plant as it is built; its success probability is the fund's own and not said."""


class ContractLegend(Record):
    """A contract that the plan signs."""

    kind: str
    project: str


class PolicyLegend(Record):
    """A policy in force."""

    rule: str
    """What it asks for, in a few words."""
    excludes: bool
    """Whether all it does is to remove projects."""


class Legend(Record):
    """What the names and numbers of a plan stand for."""

    title: str = ""
    candidates: int
    """How many projects could be chosen."""
    objective_unit: str
    """Unit of the objective; empty where criteria of several units are weighed."""
    objective_is_cost: bool
    """Whether the objective is the alliance's expected cost and nothing besides; earlier versions
    said so of one with a risk term as well."""
    nominal: str | None = None
    """The nominal scenario; None where an earlier version saved the plan."""
    asked: bool
    """Whether policies, locks or further steps can ask for what the objective does not want."""
    figures: int
    """How many figures the instance has …"""
    assumed: int
    """… and how many of them are assumed."""
    base_year: int
    discount_rate: float
    failure: Literal["expected", "drawn", "ignored"] | None = None
    """How it counts that projects may fail; None where an earlier version saved the plan, which
    ignored it."""
    instruments: dict[str, InstrumentKind] = Field(default_factory=dict)
    """Kind of each instrument."""
    projects: dict[str, ProjectLegend] = Field(default_factory=dict)
    """Every project that is chosen or starts by itself."""
    contracts: dict[str, ContractLegend] = Field(default_factory=dict)
    policies: dict[str, PolicyLegend] = Field(default_factory=dict)


def legend_of(instance: Instance, started: set[str]) -> Legend:
    """The legend of a plan for an instance.

    Args:
        instance: the instance that the plan is for.
        started: projects that start in the plan, with the fund or without it.
    """
    from optimizer.instance.validation import assumed_values

    settings = instance.settings
    assumed, figures = assumed_values(instance)
    return Legend(
        title=settings.title,
        candidates=sum(project.status == "candidate" for project in instance.projects),
        objective_unit=objective_unit(settings.objective),
        objective_is_cost=is_cost(settings),
        nominal=next(row.id for row in instance.scenarios if row.nominal),
        asked=bool(
            any(policy.enabled for policy in instance.policies)
            or any(project.locked == "in" for project in instance.projects)
            or instance.steps
        ),
        figures=figures,
        assumed=assumed,
        base_year=settings.base_year,
        discount_rate=settings.discount_rate,
        failure=settings.failure,
        instruments={row.id: row.kind for row in instance.instruments},
        projects={
            row.id: ProjectLegend(
                name=row.name,
                country=row.country,
                makes=row.main_material or row.corridor or row.kind,
                capacity_kt_per_year=row.capacity_t_per_year / 1000,
            )
            for row in instance.projects
            if row.id in started
        },
        contracts={
            row.id: ContractLegend(kind=row.kind, project=row.project) for row in instance.contracts
        },
        policies={
            row.id: PolicyLegend(rule=said_of(row), excludes=row.excludes)
            for row in instance.policies
            if row.enabled
        },
    )


def objective_unit(objective: Objective) -> str:
    """Unit of the objective; empty where criteria of several units are weighed."""
    units = {unit_of(name) for name in objective.weights}
    if objective.risk_weight > 0:
        units.add(MUSD)
    weights = set(objective.weights.values())
    plain = units == {MUSD} or (len(objective.weights) == 1 and weights <= {1.0, -1.0})
    return units.pop() if plain and len(units) == 1 else ""


def is_cost(settings: Settings) -> bool:
    """Whether the objective is the alliance's expected cost: money, and no term besides."""
    plain = settings.objective.risk_weight == 0 and settings.cost_of_public_funds == 0
    return plain and settings.objective.is_expected_cost

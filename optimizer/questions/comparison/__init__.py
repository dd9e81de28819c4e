"""What differs between plans: inputs, choice, schedule, money, supply, criteria and proof.

Enter: plans, and the instances that they are for. Leaves: a `Comparison` of pandas tables. Every
difference is counted from the first plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from optimizer.errors import OptimizerError
from optimizer.questions.comparison.choice import choice_of, schedule_of
from optimizer.questions.comparison.criteria import criteria_of, proof_of
from optimizer.questions.comparison.inputs import inputs_of
from optimizer.questions.comparison.money import money_of, totals_of
from optimizer.questions.comparison.supply import origins_of, supply_of

if TYPE_CHECKING:
    import pandas as pd

    from optimizer.instance import Instance
    from optimizer.plan import Plan

__all__ = ["Comparison", "compare"]

Given = TypeVar("Given")

RESERVED = ("differs_by",)
"""Columns that stand beside those of the plans."""


@dataclass(frozen=True)
class Comparison:
    """Tables of what differs; P stands for one column per plan, in the order given.

    A plan that was not found has no choice, money and supply: its columns are empty, and only
    `proof` says why.
    """

    plans: tuple[str, ...]
    """Names of the plans; differences are counted from the first."""
    inputs: pd.DataFrame
    """Cells that differ. Index table, row, field; P: the value, missing where the row is. Without
    the instances only their identity, the options and the versions are compared."""
    choice: pd.DataFrame
    """Projects whose start differs. Index project; P: year of start, missing where never started;
    differs_by: `only in some`, `another year`, or `alone in some` (there without the fund)."""
    schedule: pd.DataFrame
    """One row per project and plan that starts it: project, plan, start, first_output (year;
    missing without the instances), alone, later_by_years (than in the first plan)."""
    money: pd.DataFrame
    """What differs of the money committed. Index project, instrument, member; P: M$, undiscounted.
    Private money is the instrument `(private)` of the member `(private)`."""
    money_by_member: pd.DataFrame
    """Index member; P: M$, undiscounted; with the line `(private)`."""
    money_by_instrument: pd.DataFrame
    """Index instrument; P: M$, undiscounted; with the line `(private)`."""
    supply: pd.DataFrame
    """One row per plan, scenario, year and segment: plan, scenario, year, segment, material,
    served_kt, short_kt. With the instances, the scenario `(expected)` is the mean of all by their
    probabilities; without them the material is missing. Of a plan that does not keep all of its
    operation only the scenarios that are kept are here, and no mean."""
    origins: pd.DataFrame
    """Nominal supply by country: plan, element, stage, year, country, kt (of the element),
    demand_kt, share (of demand). Empty without the instances."""
    criteria: pd.DataFrame
    """Index criterion, unit; columns (`value`, P) and (`difference`, P), from the first plan."""
    proof: pd.DataFrame
    """One row per plan: status, objective, bound, gap, do_nothing, worth, certified, difference
    and certain. The best value of the objective lies between bound and objective. `certain`:
    these ranges of the first and of this plan do not overlap (or one of them is proven
    infeasible), so that the difference is real and not within the gaps; missing where unknown."""


def compare(
    plans: Mapping[str, Plan] | Sequence[Plan],
    instances: Mapping[str, Instance] | Sequence[Instance] | None = None,
) -> Comparison:
    """Lay plans side by side.

    Args:
        plans: plans by name, or in a sequence: `plan 1`, `plan 2`, ….
        instances: the instance of each plan, by the same names or in the same order. Without
            them the tables that need instance data are shorter, as `Comparison` says.

    Raises:
        OptimizerError: where there is no plan, a name cannot be used, or an instance is missing
            or is not that of its plan.
    """
    known = _named(plans)
    if not known:
        raise OptimizerError("there is no plan to compare")
    if taken := sorted({*known} & {*RESERVED}):
        raise OptimizerError(f"{', '.join(taken)}: a column of the tables, not a name for a plan")
    worlds = None if instances is None else _matched(known, _named(instances))
    return Comparison(
        plans=tuple(known),
        inputs=inputs_of(known, worlds),
        choice=choice_of(known),
        schedule=schedule_of(known, worlds),
        money=money_of(known),
        money_by_member=totals_of(known, "member"),
        money_by_instrument=totals_of(known, "instrument"),
        supply=supply_of(known, worlds),
        origins=origins_of(known, worlds),
        criteria=criteria_of(known),
        proof=proof_of(known),
    )


def _named(given: Mapping[str, Given] | Sequence[Given]) -> dict[str, Given]:
    """Values by name; those of a sequence are numbered from 1."""
    if isinstance(given, Mapping):
        return dict(given)
    return {f"plan {number}": value for number, value in enumerate(given, start=1)}


def _matched(plans: dict[str, Plan], instances: dict[str, Instance]) -> dict[str, Instance]:
    """The instance of each plan, in the order of the plans."""
    if unmatched := sorted({*plans} ^ {*instances}):
        raise OptimizerError(f"{', '.join(unmatched)}: needs both a plan and its instance")
    for name, plan in plans.items():
        if plan.instance_hash != instances[name].content_hash:
            raise OptimizerError(f"{name}: the plan was made for another instance")
    return {name: instances[name] for name in plans}

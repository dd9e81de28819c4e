"""The objective by parts, and whether the plan's own numbers agree with it.

Enters: a case and the plan's criteria and proof. Leaves: the parts, and the rows in which the
plan says something else than the recomputation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.checker.costs import building_parts, cost_parts, salvage_alone
from optimizer.checker.rows import Rows, at_most, equal, holds
from optimizer.vocabulary.accounts import COSTS
from optimizer.vocabulary.criteria import LATER

if TYPE_CHECKING:
    from optimizer.checker.case import Case
    from optimizer.plan import Plan, Proof

SMALLEST = 1e-9
"""Objectives smaller than this have gaps that are shares of it."""


def objective_parts(case: Case, values: dict[str, float]) -> dict[str, float]:
    """The objective in natural sign, by parts that add up to it.

    Σ weight · criterion, public_funds_cost by the weight of expected_cost, and plus (minimise) or
    less (maximise) λ · tail_shortage and policy_penalty. Expected cost comes by its own parts,
    `risk` and `policy_penalty` with their signs.

    Args:
        case: instance and plan.
        values: the criteria recomputed.
    """
    objective = case.instance.settings.objective
    sign = 1.0 if objective.sense == "minimise" else -1.0
    parts: dict[str, float] = {}
    for name, weight in sorted(objective.weights.items()):
        if name == "expected_cost":
            parts |= {part: weight * value for part, value in cost_parts(case).items()}
        else:
            parts[f"weighted {name}"] = weight * values[name]
    public = objective.weights.get("expected_cost", 0.0)
    parts["public_funds"] = public * values["public_funds_cost"]
    parts["risk"] = sign * objective.risk_weight * values["tail_shortage"]
    parts["policy_penalty"] = sign * values["policy_penalty"]
    return parts


def stated_criteria(criteria: dict[str, float], values: dict[str, float]) -> dict[str, Rows]:
    """Each criterion that a plan states against the recomputed one, by name.

    One of the later criteria that the plan does not state is left out.
    """
    rows = {}
    for name in sorted((values.keys() - LATER) | criteria.keys()):
        if name in values and name in criteria:
            stated, right = criteria[name], values[name]
            what = f"the plan says {stated:.9g}, recomputed {right:.9g}"
            rows[name] = equal(stated, right, (), what)
        else:
            missing = "the plan does not state it" if name in values else "no such criterion"
            rows[name] = holds(np.array(False), (), missing)
    return rows


def stated_objective(objective: float | None, recomputed: float) -> list[Rows]:
    """An objective that the proof states against the recomputed one."""
    stated = np.nan if objective is None else objective
    what = f"the plan says {stated:.9g}, recomputed {recomputed:.9g}"
    return [equal(stated, recomputed, (), what)]


def stated_bound(case: Case, proof: Proof) -> list[Rows]:
    """No plan is better than the bound: the objective is not, and the gap is between the two."""
    if proof.objective is None or proof.bound is None:
        what = "a gap is stated, and no bound"
        return [holds(np.array(proof.gap is None), (), what)]
    minimise = case.instance.settings.objective.sense == "minimise"
    better, worse = (proof.bound, proof.objective) if minimise else (proof.objective, proof.bound)
    rows = [at_most(better, worse, (), f"{better:.9g} should be at most {worse:.9g}")]
    if proof.gap is not None:
        distance = abs(proof.objective - proof.bound)
        stated = proof.gap * max(abs(proof.objective), SMALLEST)
        what = f"the gap stated spans {stated:.9g}, objective and bound are {distance:.9g} apart"
        rows.append(equal(stated, distance, (), what))
    return rows


def stated_spared(case: Case, proof: Proof, values: dict[str, float]) -> list[Rows]:
    """The plan found first was dearer for the fund, and no better than the bound."""
    if proof.spared is None:
        return []
    paid, stated = values["fund_cost"], proof.spared.fund_cost
    rows = [at_most(paid, stated, (), f"{stated:.9g} is said to be dearer than {paid:.9g}")]
    if proof.bound is not None:
        pair = (proof.bound, proof.spared.objective)
        minimise = case.instance.settings.objective.sense == "minimise"
        better, worse = pair if minimise else pair[::-1]
        rows.append(at_most(better, worse, (), "what was found first is better than the bound"))
    return rows


def undisturbed_cost(case: Case) -> float:
    """What expected cost would be if the nominal scenario were certain (M$)."""
    nominal = [row.nominal for row in case.every.scenarios].index(True)
    operation = sum(case.books.served(name)[nominal] @ case.calendar.delta for name in COSTS)
    return float(sum(building_parts(case).values()) + operation)


def stated_worth_parts(
    case: Case, nothing: Case | None, plan: Plan, values: dict[str, float]
) -> list[Rows]:
    """The parts of the worth that the plan states against what is recomputed.

    What is saved is what doing nothing is stated to cost less what the plan costs; of the
    undisturbed world, where there are tables of doing nothing, what its operation comes to there.
    """
    stated, without = plan.proof.worth_parts, plan.without_fund
    if stated is None:
        return []
    saved = {name: without.get(name, np.nan) - values[name] for name in values}
    saved["public_funds_cost"] = -values["public_funds_cost"]
    salvage = -building_parts(case)["salvage"] - salvage_alone(case)
    weight = case.instance.settings.objective.risk_weight
    pairs = {
        "what it saves": (stated.undisturbed + stated.disruptions, saved["expected_cost"]),
        "risk": (stated.risk, weight * saved["tail_shortage"]),
        "public_funds": (stated.public_funds, saved["public_funds_cost"]),
        "salvage": (stated.salvage, salvage),
        "their sum": (
            stated.undisturbed + stated.disruptions + stated.risk + stated.public_funds,
            np.nan if plan.proof.worth is None else plan.proof.worth,
        ),
    }
    if nothing is not None:
        quiet = undisturbed_cost(nothing) - undisturbed_cost(case)
        pairs["undisturbed"] = (stated.undisturbed, quiet)
    size = max(1.0, abs(values["expected_cost"]))
    return [
        equal(said / size, right / size, (), f"{name}: the plan says {said:.9g}, not {right:.9g}")
        for name, (said, right) in pairs.items()
    ]


def stated_steps(case: Case, proof: Proof, values: dict[str, float]) -> list[Rows]:
    """What each further step states against its weighting of the criteria recomputed.

    No plan that keeps to the steps before is better than the bound. Steps after one that was not
    proven are not stated.
    """
    rows = []
    numbers = sorted({row.step for row in case.instance.steps})
    for number, step in zip(numbers, proof.steps, strict=False):
        mine = [row for row in case.instance.steps if row.step == number]
        right = sum(row.weight * values[row.criterion] for row in mine)
        what = f"step {number} says {step.objective:.9g}, recomputed {right:.9g}"
        rows.append(equal(step.objective, right, (), what))
        if step.bound is not None:
            pair = (step.bound, step.objective)
            better, worse = pair if mine[0].sense == "minimise" else pair[::-1]
            rows.append(at_most(better, worse, (), f"step {number} is better than its bound"))
    return rows

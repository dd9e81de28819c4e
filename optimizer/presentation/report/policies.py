"""Which policies are missed, which bind, and how much room the others leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.plan.policy_words import said_of
from optimizer.presentation.report.layout import Grid, Section
from optimizer.presentation.report.words import amount, listed, number_of, percent, year_ranges

if TYPE_CHECKING:
    import pandas as pd

    from optimizer.plan import Plan
    from optimizer.plan.legend import Legend

__all__ = ["policies", "said_of"]

MOST_LISTED = 6


def policies(plan: Plan, legend: Legend | None) -> Section:
    """The policies that shape the plan; a floor that only removes projects never binds."""
    known = legend.policies if legend else {}
    missed: dict[str, set[int]] = {}
    for name, year in zip(plan.tables.excess["policy"], plan.tables.excess["year"], strict=True):
        missed.setdefault(str(name), set()).add(int(year))
    lines, others = [], []
    for name, own in plan.policies.groupby("policy"):
        policy = known.get(str(name))
        lost = missed.get(str(name), set())
        binding = set(own.loc[own["binding"].astype(bool), "year"]) - lost
        floor = policy is not None and policy.excludes
        effects = [("missed", lost)] if lost else []
        effects += [("binds", binding)] if binding else []
        rule = (policy.rule,) if policy else ()
        lines += [(str(name), *rule, what, year_ranges(years)) for what, years in effects]
        if not effects and not floor:
            others.append((_room(own), str(name)))
    notes: tuple[str, ...] = ()
    if others:
        count = number_of(len(others), "other policy holds", "other policies hold")
        nearest = listed(
            (f"{name} ({percent(room)})" for room, name in sorted(others)), MOST_LISTED
        )
        notes = (f"{count}, with this much room: {nearest}.",)
    header = ("policy", *(("rule",) if known else ()), "effect", "years")
    grid = Grid(header, "l" * len(header), tuple(lines), names="rule", longest=None)
    return Section("Policies", _penalty(plan), grid, notes)


def _room(rows: pd.DataFrame) -> float:
    """Least room of a policy's rows, as a share of the bound."""
    shares = rows["slack"] / rows["bound"].abs().clip(lower=1e-9)
    return float(shares.min())


def _penalty(plan: Plan) -> tuple[str, ...]:
    penalty = plan.criteria.get("policy_penalty", 0.0)
    if penalty < 0.005:
        return ()
    return (f"Missing soft policies counts {amount(penalty)} M$ in the objective.",)

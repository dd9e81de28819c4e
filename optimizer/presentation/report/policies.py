"""Which policies are missed, which bind, and how much room the others leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from optimizer.plan import plain
from optimizer.plan.policy_words import said_of
from optimizer.presentation.report.layout import Grid, Section
from optimizer.presentation.report.words import amount, listed, number_of, percent, year_ranges

if TYPE_CHECKING:
    from optimizer.plan import Plan
    from optimizer.plan.legend import Legend

__all__ = ["policies", "said_of"]

MOST_LISTED = 6


def policies(plan: Plan, legend: Legend | None) -> Section:
    """The policies that shape the plan; a floor that only removes projects never binds."""
    known = legend.policies if legend else {}
    missed: dict[str, set[int]] = {}
    excess = plan.tables.columns("excess")
    for name, year in zip(excess["policy"], excess["year"], strict=True):
        missed.setdefault(name, set()).add(year)
    lines, others = [], []
    for name, own in _by_policy(plan).items():
        policy, lost = known.get(name), missed.get(name, set())
        binding = {row.year for row in own if row.binding} - lost
        floor = policy is not None and policy.excludes
        effects = [("missed", lost)] if lost else []
        effects += [("binds", binding)] if binding else []
        rule = (policy.rule,) if policy else ()
        lines += [(name, *rule, what, year_ranges(years)) for what, years in effects]
        if not effects and not floor:
            others.append((_room(own), name))
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


class _Row(NamedTuple):
    year: int
    bound: float
    slack: float
    binding: bool


def _by_policy(plan: Plan) -> dict[str, list[_Row]]:
    """The rows of each policy, by its name."""
    columns = plain(plan, "policies")
    rows = map(_Row, *(columns[field] for field in _Row._fields))
    found: dict[str, list[_Row]] = {name: [] for name in sorted(set(columns["policy"]))}
    for name, row in zip(columns["policy"], rows, strict=True):
        found[name].append(row)
    return found


def _room(rows: list[_Row]) -> float:
    """Least room of a policy's rows, as a share of the bound."""
    return min(row.slack / max(abs(row.bound), 1e-9) for row in rows)


def _penalty(plan: Plan) -> tuple[str, ...]:
    penalty = plan.criteria.get("policy_penalty", 0.0)
    if penalty < 0.005:
        return ()
    return (f"Missing soft policies counts {amount(penalty)} M$ in the objective.",)

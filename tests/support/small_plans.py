"""Plans for the instances of `factories`: China's 1 kt comes home every year, nothing is started.

Give whole tables to change them; `broken` says which rules the checker then finds broken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimizer.checker import check
from optimizer.plan.tables import tables
from tests.support.hand_plans import plan_of

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Plan

STATED = ("criteria", "objective", "bound")
"""What the plan says of itself; these tests leave it out."""


def rows(world: Instance, **given: list[tuple[Any, ...]]) -> dict[str, Any]:
    """Tables of a plan that imports everything and starts nothing, some of them given."""
    years = world.settings.years
    table: dict[str, Any] = {
        "cash": [("fund", year, 1000.0) for year in years],
        "operated_as": [(s.id, year, "nominal") for s in world.scenarios for year in years],
        "purchases": [("nominal", year, "chn", 1.0) for year in years],
        "flows": [("nominal", year, "abroad", "home", "oxide", 1.0) for year in years],
        "served": [("nominal", year, "motors", 1.0) for year in years],
    }
    return table | given


def plan(world: Instance, **given: list[tuple[Any, ...]]) -> Plan:
    return plan_of(tables(rows(world, **given)))


def broken(world: Instance, **given: list[tuple[Any, ...]]) -> set[str]:
    """Rules that the plan with these tables breaks."""
    found = check(world, plan(world, **given)).violations
    return {row.rule for row in found if not row.rule.startswith(STATED)}


def granted(*names: str, year: int = 2030, cost: float = 100.0) -> dict[str, Any]:
    """Tables in which projects are started with grants of their whole cost."""
    spent = 1000 - cost * len(names)
    return {
        "choice": [(name, year, False) for name in names],
        "commitments": [(name, "grant", "fund", year, cost) for name in names],
        "cash": [("fund", t, spent if t >= year else 1000.0) for t in (2030, 2031)],
    }

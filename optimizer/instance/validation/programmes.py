"""Programmes: what they replace and unlock (rules 9 and 13); ranks of segments (rule 13)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optimizer.instance.validation.findings import Draft, Finding, Rule, error
from optimizer.instance.validation.words import number_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.instance.records import Segment


def replacements(draft: Draft) -> Iterator[Finding]:
    """Only a programme replaces demand, and it needs a recipe to do so."""
    with_recipe = {row.project for row in draft.instance.recipes}
    for row in draft.instance.projects:
        if row.segment is None:
            continue
        if row.kind != "programme":
            message = f"a {row.kind} replaces no demand; only a programme has a segment"
            yield error(row, "segment", message)
        elif row.id not in with_recipe:
            message = "a programme that replaces demand needs a recipe in the table recipes"
            yield error(row, "segment", message)


def replacing_recipes(draft: Draft) -> Iterator[Finding]:
    """What a programme replaces is no material: its recipes have no ingredients."""
    for row in draft.instance.ingredients:
        plant = draft.projects.get(row.project)
        if plant is not None and plant.kind == "programme" and plant.segment is not None:
            message = f"programme '{plant.id}' replaces demand; its recipes have no ingredients"
            yield error(row, "project", message)


def keys(draft: Draft) -> Iterator[Finding]:
    """A recipe is unlocked by a programme that has a capacity to be online, and uses capacity."""
    for row in draft.instance.recipes:
        key = draft.projects.get(row.unlocked_by or "")
        if key is None:
            continue
        if key.kind != "programme":
            message = f"'{key.id}' is a {key.kind}; only a programme unlocks a recipe"
            yield error(row, "unlocked_by", message)
        elif key.capacity_t_per_year * key.offtake_share == 0:
            message = (
                f"'{key.id}' has no capacity: give it one and an offtake_share above 0, whose share"
                f" online is that of the recipe"
            )
            yield error(row, "unlocked_by", message)
        if row.capacity_use == 0:
            message = "is 0: no capacity limits the recipe before it is unlocked"
            yield error(row, "capacity_use", message)


def ranks(draft: Draft) -> Iterator[Finding]:
    """Going without costs a better rank more than any worse one, at the same zone and material."""
    costs: dict[str, list[float]] = defaultdict(list)
    for tranche in draft.instance.tranches:
        costs[tranche.segment].append(tranche.cost_usd_per_t)
    rivals: dict[tuple[str, str], list[Segment]] = defaultdict(list)
    for row in draft.instance.segments:
        if row.priority is not None and costs[row.id]:
            rivals[row.zone, row.material].append(row)
    for group in rivals.values():
        for row in group:
            behind = [other for other in group if (other.priority or 0) > (row.priority or 0)]
            if not behind:
                continue
            dearest = max(behind, key=lambda other: max(costs[other.id]))
            cheap, dear = min(costs[row.id]), max(costs[dearest.id])
            if cheap <= dear:
                message = (
                    f"its cheapest tranche costs {number_text(cheap)} USD/t, not above the"
                    f" {number_text(dear)} of '{dearest.id}' with priority {dearest.priority}:"
                    f" raise the tranches of '{row.id}' or change the priorities"
                )
                yield error(row, "priority", message)


RULES = (
    Rule(replacements, ("recipes",)),
    Rule(replacing_recipes),
    Rule(keys),
    Rule(ranks, ("tranches", "segments")),
)

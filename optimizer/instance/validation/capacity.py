"""How much capacity there can be in a year, and what of an element or a material it makes.

A valid instance enters, and the windows in which candidates can start; bounds from above leave.
"""

from __future__ import annotations

import math
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from optimizer.instance.validation.shares import STAGE_ORDER

if TYPE_CHECKING:
    from optimizer.instance.records import Ingredient, Project, Recipe
    from optimizer.instance.validation.selection import Selection


class Capacity:
    """Largest capacities and contents of an instance."""

    def __init__(self, selection: Selection) -> None:
        """Take the windows as far as they have been narrowed."""
        self.selection = selection
        self.instance = selection.draft.instance
        self.stages = {row.id: row.stage for row in self.instance.materials}
        self.contents = {(row.material, row.element): row for row in self.instance.contents}

    @cached_property
    def recipes(self) -> dict[str, list[Recipe]]:
        """Recipes by project."""
        found: dict[str, list[Recipe]] = defaultdict(list)
        for row in self.instance.recipes:
            found[row.project].append(row)
        return found

    @cached_property
    def ingredients(self) -> dict[tuple[str, str, str], list[Ingredient]]:
        """Ingredients by project, recipe and direction."""
        found: dict[tuple[str, str, str], list[Ingredient]] = defaultdict(list)
        for row in self.instance.ingredients:
            found[row.project, row.recipe, row.direction].append(row)
        return found

    @cached_property
    def taken(self) -> dict[str, float]:
        """Share of each project's output that the alliance can have, contracts signed."""
        extra: dict[str, float] = defaultdict(float)
        for row in self.instance.contracts:
            extra[row.project] += row.offtake_share
        return {
            row.id: min(1.0, row.offtake_share + extra[row.id]) for row in self.instance.projects
        }

    def online(self, project: Project, year: int, late: int = 0) -> float:
        """Largest capacity that the alliance can have of a project in a year, t; perhaps late."""
        if project.id in self.selection.candidates:
            if project.id in self.selection.cannot and project.id not in self.selection.alone:
                return 0.0
            first, last = self.selection.windows[project.id]
            starts = range(first + project.build_years, last + project.build_years + 1)
        elif project.online_year is None:
            return project.capacity_t_per_year * self.taken[project.id]
        else:
            starts = range(project.online_year, project.online_year + 1)
        share = max((running(project, year - start - late) for start in starts), default=0.0)
        return project.capacity_t_per_year * self.taken[project.id] * share

    def content(self, material: str, element: str, stage: str) -> float:
        """Tonnes of an element needed at a stage for a tonne of a material (rule 17)."""
        found = self.contents.get((material, element))
        own = STAGE_ORDER[self.stages[material]]
        if found is None or own < STAGE_ORDER[stage]:
            return 0.0
        before = STAGE_ORDER[stage] < own and stage != "scrap"
        gross: float = getattr(found, f"gross_up_{stage}") if before else 1.0
        return found.content_t_per_t * gross

    def supplied(self, project: Project, element: str, stage: str) -> float:
        """Most content that a tonne of capacity supplies at a stage, whatever the recipe."""
        if stage == "scrap" and project.kind != "recycling":
            return 0.0
        found = [0.0]
        for recipe in self.recipes[project.id]:
            made = sum(
                row.t_per_t * self.content(row.material, element, stage)
                for row in self.ingredients[project.id, recipe.recipe, "output"]
            )
            if made > 0:
                found.append(made / recipe.capacity_use if recipe.capacity_use else math.inf)
        return max(found)

    def made(self, project: Project, material: str) -> float:
        """Most tonnes of a material that a tonne of capacity makes, whatever the recipe."""
        found = [0.0]
        for recipe in self.recipes[project.id]:
            made = sum(
                row.t_per_t
                for row in self.ingredients[project.id, recipe.recipe, "output"]
                if row.material == material
            )
            if made > 0:
                found.append(made / recipe.capacity_use if recipe.capacity_use else math.inf)
        return max(found)


def running(project: Project, age: int) -> float:
    """Share of capacity that runs at an age in years of output."""
    if not 0 <= age < project.life_years:
        return 0.0
    return project.ramp[min(age, len(project.ramp) - 1)]

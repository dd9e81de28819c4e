"""What projects do: recipes, inputs and outputs, corridors."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optimizer.instance.validation.findings import Draft, Finding, Rule, error, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.instance.records import Ingredient

UNLIKE = 100.0
"""How many times less than the least flow of a recipe its capacity use may be, or more than the
most."""
PRODUCERS = ("mine", "refinery", "recycling", "manufacturing")


def idle_projects(draft: Draft) -> Iterator[Finding]:
    """A plant without a recipe, infrastructure without a corridor."""
    with_recipe = {row.project for row in draft.instance.recipes}
    for row in draft.instance.projects:
        if row.kind in PRODUCERS and row.id not in with_recipe:
            yield error(row, "kind", f"a {row.kind} needs a recipe in the table recipes")
        if row.kind == "infrastructure" and row.id in with_recipe:
            yield warning(row, "kind", "infrastructure adds to a corridor; its recipe is unusual")


def missing_corridors(draft: Draft) -> Iterator[Finding]:
    """Infrastructure adds to a corridor."""
    for row in draft.instance.projects:
        if row.kind == "infrastructure" and row.corridor is None:
            yield error(row, "corridor", "infrastructure needs the corridor that it adds to")


def outputs(draft: Draft) -> Iterator[Finding]:
    """A recipe has an output, unless it replaces demand, and one output is the reference."""
    made: dict[tuple[str, str], list[Ingredient]] = defaultdict(list)
    for row in draft.instance.ingredients:
        if row.direction == "output":
            made[row.project, row.recipe].append(row)
    for recipe in draft.instance.recipes:
        rows = made[recipe.project, recipe.recipe]
        plant = draft.projects.get(recipe.project)
        replaces = plant is not None and plant.kind == "programme" and plant.segment is not None
        if not rows and not replaces:
            yield error(recipe, "recipe", "has no output in the table ingredients")
        elif rows and all(row.t_per_t != 1 for row in rows):
            message = "no output has t_per_t 1: which one do capacity and opex refer to?"
            yield warning(recipe, "recipe", message)


def capacity_uses(draft: Draft) -> Iterator[Finding]:
    """A capacity counts a flow of its recipes, or something like it.

    Where it is far from all of them, no solver tells the recipe's output from nothing.
    """
    flows: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in draft.instance.ingredients:
        if row.t_per_t > 0:
            flows[row.project, row.recipe].append(row.t_per_t)
    for recipe in draft.instance.recipes:
        found = flows[recipe.project, recipe.recipe]
        if not found or recipe.capacity_use == 0:
            continue
        least, most = min(found) / UNLIKE, max(found) * UNLIKE
        if not least <= recipe.capacity_use <= most:
            message = (
                f"{recipe.capacity_use:g} t of capacity per tonne is far from all that the recipe "
                f"moves ({min(found):g} to {max(found):g} t): write a number between {least:g} and "
                f"{most:g}, or count the capacity in another of its flows"
            )
            yield error(recipe, "capacity_use", message)


def unobtainable_inputs(draft: Draft) -> Iterator[Finding]:
    """An input that nobody makes, sells or collects."""
    instance = draft.instance
    known = {row.material for row in instance.suppliers}
    known |= {row.material for row in instance.ingredients if row.direction == "output"}
    known |= {row.material for row in instance.arisings}
    for row in instance.ingredients:
        if row.direction == "input" and row.material not in known:
            message = f"nobody makes, sells or collects '{row.material}'"
            yield error(row, "material", message)


def main_materials(draft: Draft) -> Iterator[Finding]:
    """The main material is one that the project makes."""
    made: dict[str, set[str]] = defaultdict(set)
    for row in draft.instance.ingredients:
        if row.direction == "output":
            made[row.project].add(row.material)
    for project in draft.instance.projects:
        if project.main_material is None:
            if project.kind in PRODUCERS:
                message = "is empty: policies by material or stage do not see this project"
                yield warning(project, "main_material", message)
        elif made[project.id] and project.main_material not in made[project.id]:
            names = ", ".join(sorted(made[project.id]))
            message = f"'{project.main_material}' is none of its outputs ({names})"
            yield warning(project, "main_material", message)


RULES = (
    Rule(idle_projects, ("recipes",)),
    Rule(missing_corridors),
    Rule(outputs, ("ingredients",)),
    Rule(capacity_uses, ("ingredients",)),
    Rule(unobtainable_inputs, ("ingredients", "suppliers", "arisings")),
    Rule(main_materials, ("ingredients",)),
)

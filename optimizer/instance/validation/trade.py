"""Whether material can get to where it is wanted: routes, entrepots, sources (rule 12)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optimizer.instance.validation.findings import Draft, Finding, Rule, error, table_error, warning

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def sources(draft: Draft) -> dict[str, set[str]]:
    """Zones in which each material is made, bought or collected."""
    zones: dict[str, set[str]] = defaultdict(set)
    for supplier in draft.instance.suppliers:
        if supplier.country in draft.zone_of:
            zones[supplier.material].add(draft.zone_of[supplier.country])
    for (direction, material), made_in in draft.recipe_zones.items():
        if direction == "output":
            zones[material] |= made_in
    for arising in draft.instance.arisings:
        zones[arising.material].add(arising.zone)
    return zones


def stored(draft: Draft) -> set[tuple[str, str]]:
    """Zones and materials with a stockpile: it wants what comes in, and may pass it on."""
    found = set()
    for row in draft.instance.stockpiles:
        project = draft.projects.get(row.project)
        if project is not None and project.country in draft.zone_of:
            found.add((draft.zone_of[project.country], row.material))
    return found


def passing(draft: Draft) -> set[tuple[str, str]]:
    """Zones that may pass on a material that has come in: entrepots and stockpiles."""
    return {(row.zone, row.material) for row in draft.instance.entrepots} | stored(draft)


def reached(draft: Draft) -> dict[str, set[str]]:
    """Zones that each material can reach.

    A zone sends on what it makes, buys or collects; an entrepot also what has come in.
    """
    entrepots = passing(draft)
    onward: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in draft.instance.routes:
        onward[row.origin, row.material].add(row.destination)
    zones = {material: set(found) for material, found in sources(draft).items()}
    for material, there in zones.items():
        sending = sorted(there)
        while sending:
            for zone in onward[sending.pop(), material] - there:
                there.add(zone)
                if (zone, material) in entrepots:
                    sending.append(zone)
    return zones


def wants(draft: Draft) -> Mapping[str, set[str]]:
    """Zones that can use or sell each material."""
    zones = {material: set(found) for material, found in draft.demand_zones.items()}
    for (direction, material), used_in in draft.recipe_zones.items():
        if direction == "input":
            zones.setdefault(material, set()).update(used_in)
    for sale in draft.instance.sales:
        zones.setdefault(sale.material, set()).add(sale.zone)
    for zone, material in stored(draft):
        zones.setdefault(material, set()).add(zone)
    return zones


def unsuppliable_demand(draft: Draft) -> Iterator[Finding]:
    """A segment whose material no supplier, project or scrap can bring to its zone."""
    there = reached(draft)
    wanting = {row.segment for row in draft.instance.demand if row.demand_t_per_year > 0}
    for row in draft.instance.segments:
        if row.id not in wanting or row.zone in there.get(row.material, ()):
            continue
        if row.material not in there:
            message = f"nobody makes, sells or collects '{row.material}'"
        else:
            zones = ", ".join(sorted(there[row.material]))
            message = f"'{row.material}' gets to {zones}, but no route brings it to '{row.zone}'"
        yield error(row, "material", message)


def unreachable_inputs(draft: Draft) -> Iterator[Finding]:
    """An input that cannot get to the project's zone."""
    there = reached(draft)
    for row in draft.instance.ingredients:
        plant = draft.projects.get(row.project)
        if row.direction != "input" or plant is None or row.material not in there:
            continue
        zone = draft.zone_of.get(plant.country)
        if zone is not None and zone not in there[row.material]:
            message = f"no route brings '{row.material}' to '{zone}', where '{plant.id}' is"
            yield warning(row, "material", message)


def round_trips(draft: Draft) -> Iterator[Finding]:
    """A route that ends where it begins."""
    for row in draft.instance.routes:
        if row.origin == row.destination:
            yield error(row, "destination", f"'{row.origin}' is the origin as well")


def idle_routes(draft: Draft) -> Iterator[Finding]:
    """A route with nothing to carry, or nobody who wants it at its end."""
    made, there, wanted = sources(draft), reached(draft), wants(draft)
    entrepots = passing(draft)
    for row in draft.instance.routes:
        passes = (row.origin, row.material) in entrepots and row.origin in there.get(
            row.material, ()
        )
        if row.origin not in made.get(row.material, ()) and not passes:
            message = f"nobody in '{row.origin}' makes, buys or collects '{row.material}'"
            yield warning(row, "origin", message)
        ends = row.destination in wanted.get(row.material, ())
        if not ends and (row.destination, row.material) not in entrepots:
            message = f"nobody in '{row.destination}' can use or sell '{row.material}'"
            yield warning(row, "destination", message)


def unanswered_sales(draft: Draft) -> Iterator[Finding]:
    """A sale of something that never gets to its zone."""
    there = reached(draft)
    for row in draft.instance.sales:
        if row.zone not in there.get(row.material, ()):
            message = f"'{row.material}' never gets to '{row.zone}'"
            yield warning(row, "material", message)


def no_demand(draft: Draft) -> Iterator[Finding]:
    """An instance in which nobody wants or buys anything, and nothing else is counted."""
    settings = draft.instance.settings
    counted = {*settings.objective.weights, *(row.criterion for row in draft.instance.steps)}
    scored = any(name == "strategic_value" or name.startswith("attribute.") for name in counted)
    if not draft.instance.segments and not draft.instance.sales and not scored:
        message = "there is no demand, no sale and no score: no project earns anything"
        yield table_error("segments", "", message)._replace(level="warning")


SUPPLY_SIDE = ("countries", "suppliers", "projects", "ingredients", "arisings", "routes")

RULES = (
    Rule(round_trips),
    Rule(unsuppliable_demand, (*SUPPLY_SIDE, "entrepots", "demand")),
    Rule(unreachable_inputs, (*SUPPLY_SIDE, "entrepots")),
    Rule(idle_routes, (*SUPPLY_SIDE, "entrepots", "segments", "sales")),
    Rule(unanswered_sales, (*SUPPLY_SIDE, "entrepots")),
    Rule(no_demand, ("settings", "segments", "sales", "steps")),
)

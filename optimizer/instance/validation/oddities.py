"""Worth a look: plants, chains and worlds that do other than their author probably meant."""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING

from optimizer.instance.validation.findings import Draft, Finding, Rule, error, table_error, warning
from optimizer.instance.validation.plausibility import FEWEST, UNIT_SLIP
from optimizer.instance.validation.recipes import PRODUCERS
from optimizer.instance.validation.tags import has_tag
from optimizer.instance.validation.trade import reached
from optimizer.instance.validation.words import first_few, number_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.instance.records import Project

GAIN = 1.01
"""Element in the outputs of a recipe as a multiple of that in its inputs, with room to round."""
HIGH_RATE = 0.3
"""Real discount rate above which a figure is more probably a percentage or nominal."""


def uncounted_capacity(draft: Draft) -> Iterator[Finding]:
    """A recipe that uses no capacity runs without limit, and without its plant."""
    shares = [row for row in draft.instance.policies if row.enabled and row.kind == "stage_share"]
    for row in draft.instance.recipes:
        plant = draft.projects.get(row.project)
        if row.capacity_use > 0 or plant is None:
            continue
        if shares and plant.kind in PRODUCERS:
            message = f"is 0, and policy '{shares[0].id}' counts its output by capacity"
            yield error(row, "capacity_use", message)
            continue
        free = " and before it is built and paid for" if plant.status == "candidate" else ""
        message = f"is 0: '{plant.id}' can run without limit{free}; write 1 if it is usual"
        yield warning(row, "capacity_use", message)


def element_from_nothing(draft: Draft) -> Iterator[Finding]:
    """A recipe whose outputs hold more of an element than its inputs do."""
    contents: dict[str, dict[str, float]] = defaultdict(dict)
    for row in draft.instance.contents:
        contents[row.material][row.element] = row.content_t_per_t
    flows: dict[tuple[str, str, str], dict[str, float]] = defaultdict(
        lambda: {"input": 0.0, "output": 0.0}
    )
    for part in draft.instance.ingredients:
        for element, content in contents[part.material].items():
            flows[part.project, part.recipe, element][part.direction] += part.t_per_t * content
    recipes = {(row.project, row.recipe): row for row in draft.instance.recipes}
    for (project, name, element), flow in flows.items():
        recipe = recipes.get((project, name))
        if recipe is not None and 0 < flow["input"] * GAIN < flow["output"]:
            message = (
                f"makes {number_text(flow['output'])} t of {element} out of "
                f"{number_text(flow['input'])} t of it: look at t_per_t and contents"
            )
            yield warning(recipe, "recipe", message)


def retired(draft: Draft) -> Iterator[Finding]:
    """A plant that is there already, and whose life ends before the first year."""
    first = draft.instance.settings.first_year
    for row in draft.instance.projects:
        if row.online_year is not None and row.online_year + row.life_years <= first:
            end = row.online_year + row.life_years - 1
            message = f"its last year of output is {end}, before {first}: it never runs"
            yield warning(row, "life_years", message)


def idle_stocks(draft: Draft) -> Iterator[Finding]:
    """A stockpile that nothing can fill."""
    there = reached(draft)
    for row in draft.instance.stockpiles:
        plant = draft.projects.get(row.project)
        zone = draft.zone_of.get(plant.country) if plant else None
        if zone is None or row.opening_t > 0:
            continue
        if row.largest_fill_t_per_year == 0:
            message = "is 0, and so is opening_t: there is never anything in it"
            yield warning(row, "largest_fill_t_per_year", message)
        elif zone not in there.get(row.material, ()):
            message = f"'{row.material}' never gets to '{zone}': there is never anything in it"
            yield warning(row, "material", message)


def barring_floors(draft: Draft) -> Iterator[Finding]:
    """Floors that bar candidates because nobody knows their score."""
    for row in draft.instance.policies:
        scored = row.kind == "host_benefit" or row.score is not None
        if not row.enabled or not row.excludes or row.value <= 0 or not scored:
            continue
        field = "host_benefit_share" if row.kind == "host_benefit" else f"{row.score}_score"
        counted = [x for x in draft.open_candidates.values() if has_tag(draft, row, x)]
        unknown = [x.id for x in counted if getattr(x, field) is None]
        if unknown:
            message = (
                f"policy '{row.id}' bars {len(unknown)} of {len(counted)} candidates because they "
                f"leave it empty, which counts as 0: {first_few(unknown)}"
            )
            yield Finding("projects", None, field, message, "warning")


def odd_worlds(draft: Draft) -> Iterator[Finding]:
    """Discounting by a percentage, nothing to choose, nothing that is ever disrupted."""
    settings = draft.instance.settings
    if settings.discount_rate > HIGH_RATE:
        message = (
            f"{settings.discount_rate:g} a year in real terms is far above the usual 0.02 to 0.12"
        )
        yield Finding("settings", None, "discount_rate", message, "warning")
    if draft.instance.projects and not draft.open_candidates:
        message = "no project is a candidate that can be chosen: there is nothing to decide"
        yield table_error("projects", "status", message)._replace(level="warning")


def gifts(draft: Draft) -> Iterator[Finding]:
    """Suppliers that ask nothing for what they sell."""
    worth = {row.material for row in draft.instance.prices if row.price_usd_per_t > 0}
    for row in draft.instance.suppliers:
        if row.price_extra_usd_per_t == 0 and (row.price_factor == 0 or row.material not in worth):
            field = "price_factor" if row.price_factor == 0 else "material"
            yield warning(row, field, f"'{row.material}' is bought here for nothing")


def estranged(draft: Draft) -> Iterator[Finding]:
    """A member's country outside the alliance: what it costs there counts for nobody."""
    for row in draft.instance.members:
        out = [
            name
            for name in row.countries
            if name in draft.countries and not draft.countries[name].alliance
        ]
        if out:
            message = f"{first_few(out)} of the member is not in the alliance (countries, alliance)"
            yield warning(row, "countries", message)


def cost_slips(draft: Draft) -> Iterator[Finding]:
    """Building costs per tonne a thousand times above or below those of the same kind and stage."""
    groups: dict[tuple[str, str], list[Project]] = defaultdict(list)
    for row in draft.open_candidates.values():
        material = draft.materials.get(row.main_material or "")
        if row.kind in PRODUCERS and row.capex_musd and row.capacity_t_per_year:
            groups[row.kind, material.stage if material else ""].append(row)
    for (kind, _), rows in groups.items():
        costs = {row.id: row.capex_musd / row.capacity_t_per_year * 1e6 for row in rows}
        middle = median(costs.values())
        for row in rows if len(rows) >= FEWEST else ():
            ratio = costs[row.id] / middle
            if not 1 / UNIT_SLIP < ratio < UNIT_SLIP:
                message = (
                    f"{number_text(costs[row.id])} USD per tonne a year against a median of "
                    f"{number_text(middle)} among {kind} projects of its stage: a slip of unit?"
                )
                yield warning(row, "capex_musd", message)


def vast_demand(draft: Draft) -> Iterator[Finding]:
    """Demand a thousand times above all that can be bought and made."""
    supply: dict[str, float] = defaultdict(float)
    limits: dict[str, float] = defaultdict(float)
    for limit in draft.instance.supply_limits:
        limits[limit.supplier] = max(limits[limit.supplier], limit.limit_t_per_year)
    for seller in draft.instance.suppliers:
        supply[seller.material] += limits[seller.id]
    for part in draft.instance.ingredients:
        plant = draft.projects.get(part.project)
        if plant is not None and part.direction == "output":
            supply[part.material] += plant.capacity_t_per_year * part.t_per_t
    materials = {row.id: row.material for row in draft.instance.segments}
    for row in draft.instance.demand:
        most = supply[materials.get(row.segment, "")]
        if 0 < most * UNIT_SLIP <= row.demand_t_per_year:
            message = (
                f"{number_text(row.demand_t_per_year)} t against {number_text(most)} t that can be "
                f"bought and made in all: a slip of unit?"
            )
            yield warning(row, "demand_t_per_year", message)


RULES = (
    Rule(uncounted_capacity, ("projects", "policies")),
    Rule(element_from_nothing, ("contents", "ingredients")),
    Rule(retired, ("settings",)),
    Rule(idle_stocks, ("countries", "suppliers", "projects", "ingredients", "arisings", "routes")),
    Rule(barring_floors, ("countries", "materials", "projects")),
    Rule(odd_worlds, ("settings", "projects")),
    Rule(gifts, ("prices",)),
    Rule(estranged, ("countries",)),
    Rule(cost_slips, ("materials",)),
    Rule(vast_demand, ("suppliers", "supply_limits", "projects", "ingredients", "segments")),
)

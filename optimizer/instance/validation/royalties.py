"""Royalties: on what they are paid, for how long, and whether a project can pay them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.instance.validation.finance import admitted
from optimizer.instance.validation.findings import Draft, Finding, Rule, error, warning
from optimizer.instance.validation.horizon import missing, priced
from optimizer.instance.validation.recipes import PRODUCERS
from optimizer.instance.validation.words import listed, number_text
from optimizer.vocabulary.instruments import BY_OUTPUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.instance.records import Instrument, Project, Recipe

MOST_TIMES = 100.0
"""How many times the building cost a year of royalty may be: beyond it, some unit is wrong."""


def bases(draft: Draft) -> Iterator[Finding]:
    """A royalty is so much per tonne, or a share of revenue, for some years."""
    for row in _royalties(draft):
        if row.royalty_usd_per_t == 0 and row.royalty_share == 0:
            message = "has no basis: fill this, a share of revenue, or royalty_usd_per_t"
            yield error(row, "royalty_share", message)
        elif row.royalty_usd_per_t and row.royalty_share:
            message = "has two bases: leave this or royalty_usd_per_t empty"
            yield error(row, "royalty_share", message)
        if row.tenor_years == 0:
            message = (
                "is 0 or empty: say for how many years from the first output on it is paid; as "
                "long as the plant's life, or longer, is all of it"
            )
            yield error(row, "tenor_years", message)


def payers(draft: Draft) -> Iterator[Finding]:
    """Only what has output, and revenue where the royalty is a share of it, can pay one."""
    for project in draft.open_candidates.values():
        rows, why = _admitted(draft, project), _no_output(project)
        shared = [row for row in rows if row.royalty_share]
        idle = rows if why else []
        if shared and not why and _is_worthless(draft, project.main_material):
            idle = shared
            why = f"its main material '{project.main_material}' earns nothing: its price is 0"
        if idle:
            names = listed([f"'{row.id}'" for row in idle])
            message = (
                f"admits {names}, but {why}; list the instruments that may finance it, without "
                f"{'it' if len(idle) == 1 else 'them'}"
            )
            yield error(project, "instruments", message)


def missing_prices(draft: Draft) -> Iterator[Finding]:
    """A share of what a material earns needs its price every year, as other uses of prices do."""
    why: dict[str, str] = {}
    for project in draft.open_candidates.values():
        for row in _admitted(draft, project):
            if row.royalty_share and project.main_material in draft.materials:
                said = f"royalty '{row.id}' takes a share of what it earns"
                why.setdefault(project.main_material, said)
    for material in sorted(set(why) - set(priced(draft))):
        told = f"; a price is needed because {why[material]}"
        yield from missing(draft, "prices", "material", [material], told)


def burdens(draft: Draft) -> Iterator[Finding]:
    """A royalty that no plant could pay, or not out of what it earns."""
    for project in draft.open_candidates.values():
        if _no_output(project):
            continue
        tonnes = project.capacity_t_per_year * project.offtake_share
        for row in _admitted(draft, project):
            prices = _nominal_prices(draft, project.main_material)
            dearest = row.royalty_usd_per_t + row.royalty_share * max(prices, default=0.0)
            if dearest * tonnes > MOST_TIMES * 1e6 * project.capex_musd:
                message = (
                    f"{project.capex_musd:g} MUSD is less than a hundredth of a year of the "
                    f"royalty '{row.id}' on {number_text(tonnes)} t: a slip of unit here, in "
                    f"capacity_t_per_year or in the royalty?"
                )
                yield error(project, "capex_musd", message)
            elif _is_beyond_margin(draft, project, row):
                message = (
                    f"the royalty '{row.id}' on its largest_share takes more than the project's "
                    f"nominal margin in every year: revenue less inputs and opex of its first "
                    f"recipe"
                )
                yield warning(project, "instruments", message)


def _royalties(draft: Draft) -> list[Instrument]:
    return [row for row in draft.instance.instruments if row.kind in BY_OUTPUT]


def _admitted(draft: Draft, project: Project) -> list[Instrument]:
    """Royalties that a candidate admits, where there is anything to pay for."""
    if project.capex_musd == 0:
        return []
    return [row for row in admitted(draft, project) if row.kind in BY_OUTPUT]


def _no_output(project: Project) -> str:
    """Why a candidate has no nominal output of a main material; empty where it has."""
    if project.kind not in PRODUCERS:
        return f"what is of the kind {project.kind} has no output that pays a royalty"
    if project.main_material is None:
        return "it has no main_material whose output pays a royalty"
    if project.standby:
        return "a standby plant has no output in a nominal year"
    if project.capacity_t_per_year * project.offtake_share == 0:
        return "the alliance has none of its output: see capacity_t_per_year and offtake_share"
    return ""


def _nominal_prices(draft: Draft, material: str | None) -> list[float]:
    """Prices of a material in the years of the horizon, as far as they are given."""
    prices = draft.instance.prices
    return [row.price_usd_per_t for row in prices if row.material == material]


def _is_worthless(draft: Draft, material: str | None) -> bool:
    """Whether a material has prices, all of them 0."""
    prices = _nominal_prices(draft, material)
    return bool(prices) and not any(prices)


def _is_beyond_margin(draft: Draft, project: Project, row: Instrument) -> bool:
    """Whether the royalty is more than the margin in every year in which all prices are given."""
    recipe = next((x for x in draft.instance.recipes if x.project == project.id), None)
    if recipe is None:
        return False
    found = [
        row.largest_share * (row.royalty_usd_per_t + row.royalty_share * price) > margin
        for price, margin in _margins(draft, project, recipe)
    ]
    return bool(found) and all(found)


def _margins(draft: Draft, project: Project, recipe: Recipe) -> Iterator[tuple[float, float]]:
    """Price and margin of a tonne of capacity in each year whose prices are known, USD/t."""
    rows = [
        row
        for row in draft.instance.ingredients
        if (row.project, row.recipe) == (project.id, recipe.recipe)
    ]
    prices = {(row.material, row.year): row.price_usd_per_t for row in draft.instance.prices}
    for year in draft.years:
        needed = [prices.get((row.material, year)) for row in rows]
        price = prices.get((project.main_material or "", year))
        if price is None or recipe.capacity_use == 0:
            continue
        signs = [1.0 if row.direction == "output" else -1.0 for row in rows]
        known = [x for x in needed if x is not None]
        if len(known) == len(needed):
            worth = zip(signs, rows, known, strict=True)
            earned = sum(sign * row.t_per_t * each for sign, row, each in worth)
            yield price, (earned - recipe.opex_usd_per_t) / recipe.capacity_use


RULES = (
    Rule(bases),
    Rule(missing_prices, ("settings", "members", "prices", "projects", "ingredients", "materials")),
    Rule(payers, ("settings", "members", "instruments", "prices")),
    Rule(burdens, ("settings", "members", "instruments", "prices", "recipes", "ingredients")),
)

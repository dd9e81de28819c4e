"""Settings, and the series by year: nothing missing, nothing outside the horizon."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

from optimizer.instance.validation.findings import Draft, Finding, Rule, error, table_error, warning
from optimizer.instance.validation.words import suggestion, years_text
from optimizer.vocabulary.criteria import ATTRIBUTE, CRITERIA, WEIGHED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LONGEST_HORIZON = 100

STEEPEST = 1e6
"""Ratio of discount factors beyond which solvers, whose tolerances are absolute, lose the last
years: measured, cash that grows a hundred-millionfold ends HiGHS 1.15.1 without an answer."""


def horizon(draft: Draft) -> Iterator[Finding]:
    """The horizon has at least one year and not absurdly many."""
    settings = draft.instance.settings
    if settings.last_year < settings.first_year:
        message = f"{settings.last_year} is before first_year {settings.first_year}"
        yield table_error("settings", "last_year", message)
    elif len(settings.years) > LONGEST_HORIZON:
        message = f"the horizon has {len(settings.years)} years; at most {LONGEST_HORIZON}"
        yield table_error("settings", "last_year", message)
    if settings.base_year > settings.first_year:
        message = f"{settings.base_year} is after first_year: early money then counts for more"
        yield Finding("settings", None, "base_year", message, "warning")


def steepness(draft: Draft) -> Iterator[Finding]:
    """Discount factors from the base year to the last differ by no more than can be reckoned with.

    100 years at 14 %, 50 at 30 %.
    """
    settings = draft.instance.settings
    years = {settings.first_year, settings.last_year, settings.base_year}
    span = max(years) - min(years)
    growth = math.exp(min(700.0, span * math.log1p(settings.discount_rate)))
    if growth > STEEPEST:
        rate = math.expm1(math.log(STEEPEST) / span)
        fewer = math.floor(math.log(STEEPEST) / math.log1p(settings.discount_rate))
        message = (
            f"at {settings.discount_rate:g} a dollar of {min(years)} is worth {growth:.2g} of "
            f"{max(years)}, more than can be reckoned with: write at most {rate:.3f}, or at most "
            f"{fewer} years from base_year or first_year to last_year"
        )
        yield table_error("settings", "discount_rate", message)


def known_criteria(draft: Draft) -> frozenset[str]:
    """Criteria that can be weighed: those of every instance and its attributes."""
    return WEIGHED | {f"{ATTRIBUTE}{row.attribute}" for row in draft.instance.attributes}


def criteria(draft: Draft) -> Iterator[Finding]:
    """Every weighted criterion is known, and weighted in a sensible direction."""
    objective = draft.instance.settings.objective
    known = known_criteria(draft)
    if not objective.weights:
        yield table_error("settings", "objective.weights", "no criterion has a weight")
    for name, weight in objective.weights.items():
        field = f"objective.weights.{name}"
        whole = "attributes" not in draft.lost or not name.startswith(ATTRIBUTE)
        if name not in known and whole:
            message = f"'{name}' is not a criterion{suggestion(name, known)}"
            yield table_error("settings", field, message)
        good = weight > 0 if objective.sense == "minimise" else weight < 0
        better = CRITERIA[name].better if name in WEIGHED else ""
        if (better == "less" and weight != 0 and not good) or (better == "more" and good):
            message = f"a weight of {weight:g} with sense {objective.sense} rewards the wrong end"
            yield Finding("settings", None, field, message, "warning")


def tail(draft: Draft) -> Iterator[Finding]:
    """The tail may only be made smaller: rewarding it has no end."""
    objective = draft.instance.settings.objective
    if objective.tail_weight < 0:
        message = "the weight of tail_shortage with risk_weight rewards a worse tail without end"
        yield table_error("settings", "objective.weights.tail_shortage", message)


def priced(draft: Draft) -> dict[str, str]:
    """Materials whose market price the model or its report reads, and why."""
    instance = draft.instance
    why = {
        row.material: "routes carry it under a tariff"
        for row in instance.routes
        if row.tariff_share
    }
    taxed = [row for row in instance.shocks if row.kind == "export_tax"]
    why |= {
        row.material: "a shock taxes its export"
        for row in instance.routes
        if any(tax.material in (None, row.material) for tax in taxed)
    }
    outside = {
        row.id
        for row in instance.projects
        if row.country in draft.countries and not draft.countries[row.country].alliance
    }
    why |= {
        row.material: f"project '{row.project}' outside the alliance uses or makes it"
        for row in instance.ingredients
        if row.project in outside
    }
    why |= {
        draft.projects[row.project].main_material or "": f"contract '{row.id}' floors it"
        for row in instance.contracts
        if row.kind == "price_floor" and row.project in draft.projects
    }
    why |= {row.material: f"it can be sold in '{row.zone}'" for row in instance.sales}
    why |= {row.material: f"supplier '{row.id}' sells it" for row in instance.suppliers}
    return why


def missing(
    draft: Draft, table: str, key: str, wanted: Iterable[str], why: str
) -> Iterator[Finding]:
    """Names that lack a year in a series by (name, year)."""
    have: dict[str, set[int]] = defaultdict(set)
    for row in getattr(draft.instance, table):
        have[getattr(row, key)].add(row.year)
    for name in wanted:
        absent = [year for year in draft.years if year not in have[name]]
        if absent:
            message = f"{key} '{name}' has no row for {years_text(absent)}{why.format(name)}"
            yield table_error(table, "year", message)


def missing_prices(draft: Draft) -> Iterator[Finding]:
    """A material that is bought, sold or made outside the alliance needs a price every year."""
    reasons = priced(draft)
    for material in sorted(set(reasons) & set(draft.materials)):
        why = f"; a price is needed because {reasons[material]}"
        yield from missing(draft, "prices", "material", [material], why)


def missing_limits(draft: Draft) -> Iterator[Finding]:
    """A supplier needs a limit every year."""
    names = [row.id for row in draft.instance.suppliers]
    why = "; state 0 where it sells nothing"
    yield from missing(draft, "supply_limits", "supplier", names, why)


def missing_demand(draft: Draft) -> Iterator[Finding]:
    """A segment needs a demand every year."""
    names = [row.id for row in draft.instance.segments]
    why = "; state 0 where it wants nothing"
    yield from missing(draft, "demand", "segment", names, why)


def outside_horizon(draft: Draft) -> Iterator[Finding]:
    """A row of a series lies outside the horizon."""
    first, last = draft.instance.settings.first_year, draft.instance.settings.last_year
    for table in ("prices", "supply_limits", "demand", "contributions", "outlays", "arisings"):
        for row in getattr(draft.instance, table):
            if not first <= row.year <= last:
                message = f"{row.year} is outside the horizon {first}–{last}"
                if table == "arisings":
                    yield warning(row, "year", message + " and is not used")
                else:
                    yield error(row, "year", message)


RULES = (
    Rule(horizon, ("settings",)),
    Rule(steepness, ("settings",)),
    Rule(criteria, ("settings",)),
    Rule(tail, ("settings",)),
    Rule(
        missing_prices,
        (
            "settings",
            "prices",
            "projects",
            "countries",
            "ingredients",
            "materials",
            "sales",
            "suppliers",
        ),
    ),
    Rule(missing_limits, ("settings", "supply_limits", "suppliers")),
    Rule(missing_demand, ("settings", "demand", "segments")),
    Rule(outside_horizon, ("settings",)),
)

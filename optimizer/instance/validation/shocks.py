"""Shocks: targets that fit their kind and that something in the instance has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.instance.validation.findings import Draft, Finding, Rule, error, warning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from optimizer.instance.records import Route, Row, Shock

TARGETS: dict[str, tuple[str, ...]] = {
    "supply": ("country", "material", "supplier"),
    "access": ("country", "material", "destination"),
    "demand": ("material", "segment", "destination"),
    "price": ("material",),
    "outage": ("country", "material", "project"),
    "export_tax": ("country", "material", "destination"),
}
"""The targets that each kind of shock can have."""

ALL_TARGETS = ("country", "material", "supplier", "project", "segment", "destination")


def agrees(wanted: object, value: object) -> bool:
    """Whether a target is empty or equal to the value."""
    return wanted is None or wanted == value


def shocked_routes(draft: Draft, shock: Shock) -> list[Route]:
    """Routes that an access shock or an export tax describes."""
    origin = draft.zone_of.get(shock.country) if shock.country else None
    return [
        row
        for row in draft.instance.routes
        if agrees(shock.material, row.material)
        and agrees(shock.destination, row.destination)
        and agrees(origin, row.origin)
    ]


def shocked_suppliers(draft: Draft, shock: Shock) -> list[Row]:
    """Suppliers that a supply shock describes."""
    return [
        row
        for row in draft.instance.suppliers
        if agrees(shock.supplier, row.id)
        and agrees(shock.country, row.country)
        and agrees(shock.material, row.material)
    ]


def shocked_segments(draft: Draft, shock: Shock) -> list[Row]:
    """Segments that a demand shock describes."""
    return [
        row
        for row in draft.instance.segments
        if agrees(shock.segment, row.id)
        and agrees(shock.destination, row.zone)
        and agrees(shock.material, row.material)
    ]


def shocked_projects(draft: Draft, shock: Shock) -> list[Row]:
    """Projects that an outage describes."""
    return [
        row
        for row in draft.instance.projects
        if agrees(shock.project, row.id)
        and agrees(shock.country, row.country)
        and agrees(shock.material, row.main_material)
    ]


def shocked_prices(draft: Draft, shock: Shock) -> list[Row]:
    """Prices that a price shock describes."""
    return [row for row in draft.instance.prices if agrees(shock.material, row.material)]


SHOCKED: dict[str, tuple[Callable[[Draft, Shock], list[Row]], str]] = {
    "supply": (shocked_suppliers, "supplier"),
    "access": (shocked_routes, "route"),  # type: ignore[dict-item]
    "demand": (shocked_segments, "segment"),
    "price": (shocked_prices, "price"),
    "outage": (shocked_projects, "project"),
    "export_tax": (shocked_routes, "route"),  # type: ignore[dict-item]
}


def misfits(draft: Draft) -> Iterator[Finding]:
    """A target that the kind of shock does not have."""
    for row in draft.instance.shocks:
        allowed = TARGETS[row.kind]
        for name in ALL_TARGETS:
            if getattr(row, name) is not None and name not in allowed:
                message = f"does not apply to {row.kind} shocks, only {', '.join(allowed)}"
                yield error(row, name, message)


def aimless(draft: Draft) -> Iterator[Finding]:
    """A shock whose targets together describe nothing."""
    for row in draft.instance.shocks:
        find, what = SHOCKED[row.kind]
        if not find(draft, row):
            filled = [name for name in TARGETS[row.kind] if getattr(row, name) is not None]
            targets = ", ".join(f"{name} '{getattr(row, name)}'" for name in filled)
            message = f"no {what} has {targets}" if filled else f"there is no {what} to shock"
            yield error(row, filled[0] if filled else "kind", message)


def open_routes(draft: Draft) -> Iterator[Finding]:
    """A share of an unlimited capacity is no limit at all; none of it, or all, is meant as said."""
    for row in draft.instance.shocks:
        if row.kind != "access" or row.factor == 0 or row.factor >= 1:
            continue
        for route in shocked_routes(draft, row):
            if route.capacity_t_per_year is None:
                message = (
                    f"{row.factor:g} of the unlimited route {route.origin} → {route.destination} "
                    f"of '{route.material}' is no limit: give the route a capacity, or close it "
                    f"with factor 0"
                )
                yield error(row, "factor", message)
                break


def shared_zones(draft: Draft) -> Iterator[Finding]:
    """An access shock or export tax on a country also hits the others in its zone."""
    for row in draft.instance.shocks:
        if row.kind not in ("access", "export_tax") or row.country not in draft.zone_of:
            continue
        zone = draft.zone_of[row.country]
        others = [name for name in draft.zone_of if draft.zone_of[name] == zone]
        others.remove(row.country)
        if others:
            message = f"zone '{zone}' also holds {', '.join(others)}, which the shock hits too"
            yield warning(row, "country", message)


def years(draft: Draft) -> Iterator[Finding]:
    """A shock lies in the horizon, and ends after it begins."""
    first, last = draft.instance.settings.first_year, draft.instance.settings.last_year
    for row in draft.instance.shocks:
        if row.last_year < row.first_year:
            yield error(row, "last_year", f"{row.last_year} is before first_year {row.first_year}")
        elif row.last_year < first or row.first_year > last:
            message = f"{row.first_year}–{row.last_year} is outside the horizon {first}–{last}"
            yield error(row, "first_year", message)
        elif row.first_year < first or row.last_year > last:
            message = f"{row.first_year}–{row.last_year} is cut to the horizon {first}–{last}"
            yield warning(row, "first_year", message)
        if not row.changes:
            yield warning(row, "factor", f"{row.factor:g} changes nothing")


def emergencies(draft: Draft) -> Iterator[Finding]:
    """A standby plant runs in emergency years alone: there must be one."""
    if any(row.is_emergency for row in draft.instance.shocks):
        return
    for row in draft.instance.projects:
        if row.standby:
            message = "no shock is an emergency (shocks, emergency): it never runs"
            yield warning(row, "standby", message)


RULES = (
    Rule(misfits),
    Rule(aimless, ("suppliers", "routes", "segments", "projects", "prices", "countries")),
    Rule(open_routes, ("routes", "countries")),
    Rule(shared_zones, ("countries",)),
    Rule(years, ("settings",)),
    Rule(emergencies, ("shocks",)),
)

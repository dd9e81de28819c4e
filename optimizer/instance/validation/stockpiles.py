"""Stockpiles, scrap that comes back, and delays: what carries one year into the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.instance.validation.findings import Draft, Finding, Rule, error, warning
from optimizer.instance.validation.words import years_text

if TYPE_CHECKING:
    from collections.abc import Iterator


def described(draft: Draft) -> Iterator[Finding]:
    """A stockpile has a row that says how it keeps its material, and nothing else has one."""
    rows = {row.project for row in draft.instance.stockpiles}
    cooking = {row.project for row in draft.instance.recipes}
    for project in draft.instance.projects:
        if project.kind == "stockpile" and project.id not in rows:
            yield error(project, "kind", "a stockpile needs a row in the table stockpiles")
        if project.kind == "stockpile" and project.id in cooking:
            yield error(project, "kind", "a stockpile has no recipe: it keeps what is bought")
    for row in draft.instance.stockpiles:
        owner = draft.projects.get(row.project)
        if owner is not None and owner.kind != "stockpile":
            yield error(row, "project", f"'{row.project}' is a {owner.kind} and no stockpile")


def levels(draft: Draft) -> Iterator[Finding]:
    """Stocks before the first year: none of a candidate, no more than fits of the others."""
    for row in draft.instance.stockpiles:
        gone = row.loss_share + row.rotation_share
        if gone > 1:
            message = (
                f"with loss_share {row.loss_share:g} makes {gone:g}, more than all of the stock"
            )
            yield error(row, "rotation_share", message)
        project = draft.projects.get(row.project)
        if project is None or project.kind != "stockpile":
            continue
        if project.status == "candidate" and row.opening_t > 0:
            yield error(row, "opening_t", "must be 0: a candidate starts empty")
        elif project.status == "committed":
            message = "a stockpile is a candidate or operating; write one of them"
            yield error(project, "status", message)
        elif row.opening_t > project.capacity_t_per_year * project.offtake_share:
            message = (
                f"{row.opening_t:g} t is more than it holds, {project.capacity_t_per_year:g} t"
            )
            yield error(row, "opening_t", message)


def lasting(draft: Draft) -> Iterator[Finding]:
    """A stockpile lasts to the end of the horizon: what it keeps cannot be sold before."""
    last = draft.instance.settings.last_year
    for project in draft.instance.projects:
        if project.kind != "stockpile" or project.status == "committed":
            continue
        first = project.online_year
        if project.status == "candidate":
            earliest = project.earliest_start or draft.instance.settings.first_year
            first = earliest + project.build_years
        if first is not None and first + project.life_years <= last:
            message = f"ends in {first + project.life_years - 1}, before the last year {last}"
            yield error(project, "life_years", message)


def returning(draft: Draft) -> Iterator[Finding]:
    """Scrap that comes back has a collection rate in every year, and comes back in time."""
    scrap = {row.id for row in draft.instance.materials if row.stage == "scrap"}
    zones = {row.id: row.zone for row in draft.instance.segments}
    collected = {(row.zone, row.material, row.year) for row in draft.instance.arisings}
    for row in draft.instance.end_of_life:
        if row.material not in scrap:
            yield error(row, "material", f"'{row.material}' is not of the stage scrap")
        years = draft.years[row.lifetime_years :]
        if not years:
            message = f"{row.lifetime_years} years are longer than the horizon: nothing comes back"
            yield warning(row, "lifetime_years", message)
        zone = zones.get(row.segment)
        missing = [y for y in years if (zone, row.material, y) not in collected]
        if zone is not None and missing:
            message = (
                f"arisings give no collection rate of {row.material} in {zone} for "
                f"{years_text(missing)}; write rows there, with 0 t if there is no old scrap"
            )
            yield error(row, "material", message)


def delays(draft: Draft) -> Iterator[Finding]:
    """Only what is not there yet can be late, and not in the nominal scenario."""
    nominal = {row.id for row in draft.instance.scenarios if row.nominal}
    for row in draft.instance.delays:
        if row.scenario in nominal:
            yield error(row, "scenario", "the nominal scenario is the one without delays")
        project = draft.projects.get(row.project)
        if project is not None and project.status != "candidate" and project.online_year is None:
            yield error(row, "project", f"'{row.project}' runs already and cannot be late")


def covers(draft: Draft) -> Iterator[Finding]:
    """A days_of_cover row has stockpiles to count."""
    kinds = {row.kind for row in draft.instance.projects}
    for row in draft.instance.policies:
        if row.kind == "days_of_cover" and "stockpile" not in kinds:
            yield error(row, "kind", "there is no stockpile that could cover anything")


RULES = (
    Rule(described, ("recipes", "stockpiles", "projects")),
    Rule(levels),
    Rule(lasting, ("settings",)),
    Rule(returning, ("settings", "segments", "arisings", "materials")),
    Rule(delays, ("scenarios",)),
    Rule(covers, ("projects",)),
)

"""When projects can start: windows, profiles, ramps, and what goes ahead without the fund."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from optimizer.instance.validation.findings import Draft, Finding, Rule, error, warning
from optimizer.instance.validation.shares import ROUNDED, sum_fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.instance.records import Project

A_CENT = 1e-8
"""MUSD. Beside smaller building costs all other money is out of a solver's reach."""


class Window(NamedTuple):
    """First and last year in which a candidate can be started."""

    earliest: int
    latest: int


def window(draft: Draft, project: Project) -> Window:
    """The window of a candidate, within the horizon; empty if earliest > latest."""
    settings = draft.instance.settings
    earliest = max(project.earliest_start or settings.first_year, settings.first_year)
    latest = last_start(draft, project)
    if project.latest_start is not None:
        latest = min(latest, project.latest_start)
    return Window(earliest, latest)


def last_start(draft: Draft, project: Project) -> int:
    """Last start that leaves the least operating years within the horizon."""
    settings = draft.instance.settings
    least = settings.least_operating_years if project.build_years else 1
    return settings.last_year - project.build_years - least + 1


def candidates(draft: Draft) -> list[Project]:
    """The projects that can be chosen."""
    return [row for row in draft.instance.projects if row.status == "candidate"]


def misplaced_fields(draft: Draft) -> Iterator[Finding]:
    """Fields that only candidates have, or only the others."""
    for row in draft.instance.projects:
        if row.status == "candidate":
            if row.online_year is not None:
                message = "only committed and operating projects have an online year"
                yield error(row, "online_year", message)
            continue
        for field in ("earliest_start", "latest_start", "goes_ahead_alone"):
            if getattr(row, field) is not None:
                yield error(row, field, f"is for candidates only; this project is {row.status}")
        if row.locked != "free":
            yield error(row, "locked", f"is for candidates only; this project is {row.status}")


def profiles(draft: Draft) -> Iterator[Finding]:
    """The capex profile sums to 1; the ramp rises within (0, 1] to 1 within the life."""
    for row in draft.instance.projects:
        wrong = sum_fault(row.capex_profile, ROUNDED) if row.capex_profile else ""
        if wrong:
            yield error(row, "capex_profile", f"the shares {wrong}")
        if not row.ramp or row.ramp[-1] != 1:
            yield error(row, "ramp", "must end at 1, full capacity")
        if any(share <= 0 for share in row.ramp):
            yield error(row, "ramp", "every share must be above 0; add years of building instead")
        if list(row.ramp) != sorted(row.ramp):
            yield error(row, "ramp", "must not fall from one year to the next")
        if len(row.ramp) > row.life_years:
            message = f"has {len(row.ramp)} years, more than life_years {row.life_years}"
            yield error(row, "ramp", message)


def empty_windows(draft: Draft) -> Iterator[Finding]:
    """A candidate that can never be started."""
    settings = draft.instance.settings
    for row in candidates(draft):
        span = window(draft, row)
        if row.earliest_start and row.latest_start and row.earliest_start > row.latest_start:
            message = (
                f"can never be started: latest_start {row.latest_start} is before "
                f"earliest_start {row.earliest_start}"
            )
            yield error(row, "latest_start", message)
        elif span.earliest > span.latest:
            least = settings.least_operating_years if row.build_years else 1
            message = (
                f"can never be started: it could start in {span.earliest} at the earliest, "
                f"{span.latest} at the latest ({row.build_years} years of building and {least} of "
                f"operation before the end of {settings.last_year})"
            )
            yield error(row, "latest_start" if row.latest_start else "build_years", message)


def long_profiles(draft: Draft) -> Iterator[Finding]:
    """Building cost that falls after the horizon."""
    last = draft.instance.settings.last_year
    for row in candidates(draft):
        span = window(draft, row)
        years = len(row.capex_profile)
        if span.earliest > span.latest or not years:
            continue
        if span.earliest + years - 1 > last:
            message = (
                f"has {years} years, but only {last - span.earliest + 1} are left from the "
                f"earliest start {span.earliest}"
            )
            yield error(row, "capex_profile", message)
        elif span.latest + years - 1 > last:
            message = (
                f"has {years} years, which reach beyond {last} when it starts in {span.latest}"
            )
            yield warning(row, "capex_profile", message)


def going_ahead(draft: Draft) -> Iterator[Finding]:
    """A candidate that goes ahead without the fund does so within its window."""
    for row in candidates(draft):
        year = row.goes_ahead_alone
        span = window(draft, row)
        if (
            year is not None
            and span.earliest <= span.latest
            and not (span.earliest <= year <= span.latest)
        ):
            message = f"{year} is outside its window {span.earliest}–{span.latest}"
            yield error(row, "goes_ahead_alone", message)


def needs_of_going_ahead(draft: Draft) -> Iterator[Finding]:
    """What such a candidate requires must be there without the fund as well."""
    for relation in draft.instance.relations:
        if relation.kind != "requires" or len(relation.projects) != 2:
            continue
        first, second = (draft.projects.get(name) for name in relation.projects)
        if first is None or second is None or first.goes_ahead_alone is None:
            continue
        due = first.goes_ahead_alone - relation.lag_years
        year = second.goes_ahead_alone
        if second.status == "candidate" and (year is None or year > due):
            message = (
                f"it requires '{second.id}' (relation '{relation.id}'), which must then be "
                f"operating, committed or go ahead alone by {due}"
            )
            yield error(first, "goes_ahead_alone", message)


def years_beyond(draft: Draft) -> Iterator[Finding]:
    """Years that the horizon cuts, and online years that look wrong."""
    first, last = draft.instance.settings.first_year, draft.instance.settings.last_year
    for row in draft.instance.projects:
        if row.earliest_start is not None and row.earliest_start < first:
            yield warning(row, "earliest_start", f"is before {first} and counts as {first}")
        if row.latest_start is not None and row.latest_start > last_start(draft, row):
            latest = last_start(draft, row)
            message = f"leaves too few years of operation and counts as {latest}"
            yield warning(row, "latest_start", message)
        if row.online_year is not None and row.online_year > last:
            yield warning(row, "online_year", f"is after {last}: it never produces")
        if row.status == "committed" and row.online_year is None:
            yield warning(row, "online_year", "is empty: it counts as producing already")


def odd_costs(draft: Draft) -> Iterator[Finding]:
    """Building cost that the status makes meaningless, and plants without capacity."""
    for row in draft.instance.projects:
        if 0 < row.capex_musd < A_CENT:
            message = f"{row.capex_musd:g} MUSD is less than a cent: a slip of unit?"
            yield warning(row, "capex_musd", message)
        if row.status == "operating" and row.capex_musd:
            yield warning(row, "capex_musd", "is sunk for an operating project and not used")
        if row.status == "committed" and row.capex_musd and row.capex_kind == "full":
            message = "is full: only what is still to be paid counts for a committed project"
            yield warning(row, "capex_kind", message)
        if row.capacity_t_per_year == 0 and row.kind != "programme":
            yield warning(row, "capacity_t_per_year", "is 0: it adds nothing")


RULES = (
    Rule(misplaced_fields),
    Rule(profiles),
    Rule(empty_windows, ("settings",)),
    Rule(long_profiles, ("settings",)),
    Rule(going_ahead, ("settings",)),
    Rule(needs_of_going_ahead),
    Rule(years_beyond, ("settings",)),
    Rule(odd_costs),
)

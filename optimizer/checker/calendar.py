"""When things may start, are paid for and run: the time side of projects and money.

Enters: the instance. Leaves: arrays over project and year, from the definitions of windows,
profiles and ramps in the model document.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from optimizer.checker.rows import Array, Positions
    from optimizer.instance import Instance
    from optimizer.instance.records import Project


@dataclass(frozen=True)
class Calendar:
    """Years are positions in the horizon; −1 stands for never."""

    delta: Array
    """Discount factor δ of each year of the horizon."""
    first_start: Positions
    """First year of each candidate's window."""
    last_start: Positions
    """Last year of each candidate's window; before `first_start` where the window is empty."""
    alone: Positions
    """Year in which a candidate goes ahead by itself."""
    pay: Array
    """Share of the capital paid in a year, by project, start year and year of the horizon."""
    pv_profile: Array
    """Present value of what is paid for one unit committed, by project and start year."""


def calendar(instance: Instance) -> Calendar:
    """The calendar of an instance."""
    settings = instance.settings
    years = settings.years
    windows = [window(instance, project) for project in instance.projects]
    alone = [_alone(instance, project) for project in instance.projects]
    pays = [_payment(profile(project), len(years)) for project in instance.projects]
    size = len(years)
    return Calendar(
        delta=discount(instance, np.arange(size)),
        first_start=np.array([first for first, _ in windows], dtype=np.intp),
        last_start=np.array([last for _, last in windows], dtype=np.intp),
        alone=np.array(alone, dtype=np.intp),
        pay=np.array(pays, dtype=np.float64).reshape(-1, size, size),
        pv_profile=_present_values(instance, [profile(row) for row in instance.projects]),
    )


def discount(instance: Instance, year: Array | Positions) -> Array:
    """δ_t = (1 + r)^−(t − base year) of years counted from the first year of the horizon."""
    settings = instance.settings
    since_base = np.asarray(year, np.float64) + settings.first_year - settings.base_year
    return np.asarray((1 + settings.discount_rate) ** -since_base, np.float64)


def window(instance: Instance, project: Project) -> tuple[int, int]:
    """First and last start year of a candidate, as positions; empty for other projects.

    From the earliest start to the latest start, which is at most last year − build − least
    operating years + 1, and at most the year in which it goes ahead alone.
    """
    if project.status != "candidate":
        return 0, -1
    settings = instance.settings
    least = settings.least_operating_years if project.build_years else 1
    last = settings.last_year - project.build_years - least + 1
    for year in (project.latest_start, project.goes_ahead_alone):
        last = last if year is None else min(last, year)
    first = max(project.earliest_start or settings.first_year, settings.first_year)
    return first - settings.first_year, last - settings.first_year


def profile(project: Project) -> Array:
    """Shares of the capital paid in the start year and those after it."""
    spread = max(1, project.build_years)
    return np.array(project.capex_profile or (1 / spread,) * spread, dtype=np.float64)


def first_output(instance: Instance, project: Project) -> float:
    """First year in which a project that is not there yet can have output; infinite if never."""
    if project.status == "candidate":
        first, last = window(instance, project)
        built = instance.settings.first_year + first + project.build_years
        return built if first <= last and project.locked != "out" else np.inf
    return np.inf if project.online_year is None else project.online_year


def online(instance: Instance, start: Positions, delay: Array) -> Array:
    """Capacity that the alliance can have in each year without outages, by project (kt/y).

    capacity · offtake_share · ramp by the years since the first output, 0 after the life.

    Args:
        instance: the instance.
        start: start year of each candidate as a position, −1 for never.
        delay: years by which each project is late.
    """
    count = len(instance.settings.years)
    capacity = np.zeros((len(instance.projects), count))
    for p, project in enumerate(instance.projects):
        if project.status == "candidate" and start[p] < 0:
            continue
        years = np.arange(count) - int(delay[p])
        share = output_share(instance, project, int(start[p]), years)
        capacity[p] = project.capacity_t_per_year / 1000 * project.offtake_share * share
    return capacity


def output_share(instance: Instance, project: Project, start: int, years: Positions) -> Array:
    """Share of a project's capacity that is online in some years, as positions.

    Args:
        instance: the instance.
        project: any project.
        start: position of the start of a candidate; not used for others.
        years: positions, within the horizon or after it.
    """
    if project.status == "candidate":
        return _ramped(project, years - start - project.build_years)
    if project.online_year is None:
        return np.ones(len(years))
    return _ramped(project, years + instance.settings.first_year - project.online_year)


def _ramped(project: Project, age: Positions) -> Array:
    """Share of capacity that runs at an age in years of output."""
    ramp = np.array(project.ramp, dtype=np.float64)
    running = (age >= 0) & (age < project.life_years)
    return np.where(running, ramp[np.clip(age, 0, len(ramp) - 1)], 0.0)


def _alone(instance: Instance, project: Project) -> int:
    """Position of the year in which a candidate goes ahead by itself, −1 for never."""
    year = project.goes_ahead_alone
    removed = project.locked == "out" or project.status != "candidate"
    if year is None or removed:
        return -1
    return year - instance.settings.first_year


def _payment(shares: Array, count: int) -> Array:
    """Shares from a start year on, by start year and year of the horizon."""
    paid = np.zeros((count, count))
    for start in range(count):
        inside = shares[: count - start]
        paid[start, start : start + len(inside)] = inside
    return paid


def _present_values(instance: Instance, shares: list[Array]) -> Array:
    """Σ_h share_h · δ_{t+h} for each list of shares and start year t, past the horizon too."""
    count = len(instance.settings.years)
    values = np.zeros((len(shares), count))
    for row, line in enumerate(shares):
        for start in range(count):
            values[row, start] = line @ discount(instance, start + np.arange(len(line)))
    return values

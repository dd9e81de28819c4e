"""Calendar: how much of a plant is online, by the years since its first output."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optimizer.instance.records import Project


def share_since(project: Project, online_year: int | None, year: int) -> float:
    """Share of a plant's capacity that is online in a year, by its ramp and life.

    Args:
        project: the plant.
        online_year: its first year of output; none if it ran before all years.
        year: the year asked for.
    """
    if online_year is None:
        return 1.0
    age = year - online_year
    if not 0 <= age < project.life_years:
        return 0.0
    return project.ramp[min(age, len(project.ramp) - 1)]

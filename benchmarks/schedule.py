"""Generated schedules: every second project waits for another, and each year's money is limited.

The relaxation starts fractions of projects so that each year's limit is met exactly; rounded to
whole projects it is not, so that what it is sure of has no portfolio around it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.generate import Size, generate
from optimizer.instance import Instance

if TYPE_CHECKING:
    from collections.abc import Iterator

BEFORE = 12
"""A project waits for the one so many before it: of the same material and chain."""
YEARLY_SHARE = 0.9
"""Part of a year's contributions that may be committed in it."""


def scheduled(size: Size) -> Instance:
    """A generated instance of a size with precedence and yearly limits."""
    world = generate(size)
    fields: dict[str, Any] = {name: getattr(world, name) for name in type(world).model_fields}
    names = [project.id for project in world.projects]
    policies = [row.model_dump() for row in world.policies]
    settings = world.settings.replaced(id=world.settings.id.replace("generated", "schedule"))
    return Instance.model_validate(
        fields
        | {
            "settings": settings,
            "relations": list(_waiting(names)),
            "policies": [*policies, *_limits(world)],
        }
    )


def _waiting(names: list[str]) -> Iterator[dict[str, Any]]:
    for n in range(BEFORE, len(names), 2):
        pair = (names[n], names[n - BEFORE])
        yield {"id": f"after-{n}", "kind": "requires", "projects": pair, "lag_years": 1}


def _limits(world: Instance) -> Iterator[dict[str, Any]]:
    for year in world.settings.years:
        yield {
            "id": f"year-{year}",
            "kind": "money_share",
            "sense": "most",
            "value": YEARLY_SHARE,
            "first_year": year,
            "last_year": year,
        }

"""Who is where: positions of every identifier of an instance, and what hangs on what.

Enters: the instance. Leaves: integer arrays that let a rule be summed over all its rows at once.
A *node* is a pair of zone and material, numbered zone · (number of materials) + material.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from optimizer.checker.rows import Array, Positions
    from optimizer.instance import Instance

RANK = {"extraction": 0, "scrap": 0, "processing": 1, "metal": 2, "manufacturing": 3}
"""Order of the stages; scrap counts as extraction."""


@dataclass(frozen=True)
class Network:
    """Names in the order of their positions, and positions of what belongs together."""

    names: dict[str, dict[object, int]]
    """Position of each identifier, or tuple of them, by table of the instance, and `nodes`."""
    rank: Positions
    """Stage of each material, as a number of `RANK`."""
    project_zone: Positions
    recipe_project: Positions
    ingredient_recipe: Positions
    ingredient_material: Positions
    ingredient_node: Positions
    ingredient_t_per_t: Array
    """Tonnes per tonne of reference output: positive for outputs, negative for inputs."""
    supplier_material: Positions
    supplier_node: Positions
    route_material: Positions
    route_origin: Positions
    """Node that a route leaves."""
    route_destination: Positions
    """Node that a route enters."""
    segment_material: Positions
    segment_node: Positions
    tranche_segment: Positions

    def count(self, table: str) -> int:
        """Number of rows of a table."""
        return len(self.names[table])

    def at(self, table: str, keys: Iterable[object]) -> Positions:
        """Positions of keys, −1 for those that are not in the table."""
        return positions(self.names[table], keys)

    def labels(self, table: str) -> Sequence[object]:
        """Names of a table's rows for people; the parts of a longer key with slashes."""
        return [
            "/".join(str(part) for part in name) if isinstance(name, tuple) else name
            for name in self.names[table]
        ]


def positions(names: Mapping[object, int], keys: Iterable[object]) -> Positions:
    """Positions of keys, −1 for unknown ones."""
    return np.array([names.get(key, -1) for key in keys], dtype=np.intp)


def numbered(keys: Iterable[object]) -> dict[object, int]:
    """Keys with their positions."""
    return {key: place for place, key in enumerate(keys)}


def network(instance: Instance) -> Network:
    """The positions of an instance."""
    names = {
        name: numbered(_key(row.key_values()) for row in getattr(instance, name))
        for name in type(instance).tables()
    }
    pairs = ((zone, material) for zone in names["zones"] for material in names["materials"])
    names["nodes"] = numbered(pairs)
    zone_of = {country.id: country.zone for country in instance.countries}
    host = {project.id: zone_of[project.country] for project in instance.projects}

    def material(keys: Iterable[str]) -> Positions:
        return positions(names["materials"], keys)

    def node(keys: Iterable[tuple[str, str]]) -> Positions:
        return positions(names["nodes"], keys)

    ingredients, routes, segments = instance.ingredients, instance.routes, instance.segments
    recipe_keys = [(row.project, row.recipe) for row in ingredients]
    return Network(
        names=names,
        rank=np.array([RANK[row.stage] for row in instance.materials], dtype=np.intp),
        project_zone=positions(names["zones"], host.values()),
        recipe_project=positions(names["projects"], [row.project for row in instance.recipes]),
        ingredient_recipe=positions(names["recipes"], recipe_keys),
        ingredient_material=material(row.material for row in ingredients),
        ingredient_node=node((host[row.project], row.material) for row in ingredients),
        ingredient_t_per_t=np.array(
            [row.t_per_t if row.direction == "output" else -row.t_per_t for row in ingredients],
            dtype=np.float64,
        ),
        supplier_material=material(row.material for row in instance.suppliers),
        supplier_node=node((zone_of[row.country], row.material) for row in instance.suppliers),
        route_material=material(row.material for row in routes),
        route_origin=node((row.origin, row.material) for row in routes),
        route_destination=node((row.destination, row.material) for row in routes),
        segment_material=material(row.material for row in segments),
        segment_node=node((row.zone, row.material) for row in segments),
        tranche_segment=positions(names["segments"], [row.segment for row in instance.tranches]),
    )


def _key(values: tuple[object, ...]) -> object:
    """The key of a row: its identifier, or a tuple where the key is longer."""
    return values[0] if len(values) == 1 else values

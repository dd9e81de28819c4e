"""Inputs that differ: cells of the instances, options and versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from optimizer.instance import Instance
from optimizer.instance.validation.references import key_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from optimizer.instance.records import Row
    from optimizer.plan import Plan

Cell = tuple[str, str, str]
"""Table, row and field."""


def inputs_of(plans: Mapping[str, Plan], instances: Mapping[str, Instance] | None) -> pd.DataFrame:
    """Cells that differ: index table, row, field; one column per plan."""
    found: dict[Cell, Sequence[object]] = {}
    if instances is None:
        found |= _differing("instance", [_identity(plan) for plan in plans.values()])
    else:
        worlds = list(instances.values())
        found |= _differing("settings", [_flat(world.settings.model_dump()) for world in worlds])
        for table in Instance.tables():
            found |= _rows_that_differ(table, [getattr(world, table) for world in worlds])
    found |= _differing("options", [plan.options.model_dump() for plan in plans.values()])
    found |= _differing("versions", [plan.versions for plan in plans.values()])
    index = pd.MultiIndex.from_tuples(list(found), names=["table", "row", "field"])
    columns = pd.Index(list(plans), name="plan")
    return pd.DataFrame(list(found.values()), index=index, columns=columns, dtype=object)


def _identity(plan: Plan) -> dict[str, object]:
    """What a plan knows of its instance."""
    return {"id": plan.instance_id, "hash": plan.instance_hash}


def _differing(
    table: str, versions: Sequence[Mapping[str, object]], row: str = ""
) -> Iterator[tuple[Cell, Sequence[object]]]:
    """Fields that are not the same in all versions of a row, with their values."""
    for field in dict.fromkeys(field for version in versions for field in version):
        values = [version.get(field) for version in versions]
        if any(value != values[0] for value in values):
            yield (table, row, field), values


def _rows_that_differ(
    table: str, versions: Sequence[Sequence[Row]]
) -> Iterator[tuple[Cell, Sequence[object]]]:
    """Cells of a table that differ; of a row that is missing somewhere, all it says."""
    by_key = [{key_text(row): row for row in rows} for rows in versions]
    for key in dict.fromkeys(key for rows in by_key for key in rows):
        rows = [rows.get(key) for rows in by_key]
        if any(row != rows[0] for row in rows):
            yield from _differing(table, [_said(row) for row in rows], key)


def _said(row: Row | None) -> dict[str, object]:
    """What a row says besides its key; nothing if it is missing."""
    return {} if row is None else row.model_dump(exclude=set(row.key))


def _flat(values: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """Nested settings by their paths, for example `objective.risk_weight`."""
    found: dict[str, object] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{name}.")
        else:
            found[prefix + name] = value
    return found

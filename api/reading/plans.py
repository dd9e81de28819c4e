"""Plans read back in a reading process: in words, and beside each other.

The server, which needs no tables, knows this module too: what reads them is imported when it runs.
"""

from __future__ import annotations

import dataclasses
import json
import math
from typing import TYPE_CHECKING, Any, NamedTuple

from api.reading.tasks import Refused
from optimizer.errors import OptimizerError
from optimizer.instance import Instance

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from optimizer.plan import Plan


class Bundle(NamedTuple):
    """A plan's folder as bytes, and its instance where it may be seen."""

    files: dict[str, bytes]
    instance: bytes | None


def reported(folder: Path, bundle: Bundle) -> str:
    """A plan in words."""
    from optimizer.presentation.report import plain
    from optimizer.presentation.report import report as report_of

    plan, instance = _loaded(folder, bundle)
    return plain(report_of(plan, instance))


def compared(folder: Path, bundles: dict[str, Bundle]) -> str | Refused:
    """What differs between plans, as JSON: a list of rows for each table."""
    from optimizer.questions.comparison import compare

    loaded = {name: _loaded(folder / name, bundle) for name, bundle in bundles.items()}
    plans = {name: plan for name, (plan, _) in loaded.items()}
    instances = {name: one for name, (_, one) in loaded.items() if one is not None}
    try:
        found = compare(plans, instances if len(instances) == len(plans) else None)
    except OptimizerError as trouble:
        return Refused((str(trouble),))
    tables = {
        field.name: value if field.name == "plans" else _rows(value)
        for field in dataclasses.fields(found)
        for value in (getattr(found, field.name),)
    }
    return json.dumps(tables, allow_nan=False)


def _loaded(folder: Path, bundle: Bundle) -> tuple[Plan, Instance | None]:
    from optimizer.plan.files import load_plan

    folder.mkdir(exist_ok=True)
    for name, content in bundle.files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    instance = Instance.model_validate_json(bundle.instance) if bundle.instance else None
    return load_plan(folder), instance


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table with their index; columns of two levels become objects in objects."""
    indexed = frame.index.names != [None]
    found = []
    for index, values in zip(frame.index, frame.itertuples(index=False, name=None), strict=True):
        row: dict[str, Any] = {}
        if indexed:
            keys = index if isinstance(index, tuple) else (index,)
            named = zip(frame.index.names, keys, strict=True)
            row |= {str(name): _plain(key) for name, key in named}
        for column, value in zip(frame.columns, values, strict=True):
            if isinstance(column, tuple):
                row.setdefault(column[0], {})[column[1]] = _plain(value)
            else:
                row[str(column)] = _plain(value)
        found.append(row)
    return found


def _plain(value: Any) -> Any:
    """What JSON can say of a cell: missing values are null."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool | None) else None

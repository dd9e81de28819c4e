"""A plan's tables on their way out: rows, CSV for people, Parquet for programs."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from optimizer.system.files import FORMULA_STARTS

if TYPE_CHECKING:
    from collections.abc import Collection

JSON, CSV, PARQUET = "application/json", "text/csv", "application/vnd.apache.parquet"
KINDS = (JSON, CSV, PARQUET)


class Part(NamedTuple):
    """What may be seen of a table."""

    projects: Collection[str]
    columns: Collection[str]


def written(content: bytes, kind: str, part: Part | None) -> bytes:
    """A table in another format.

    Args:
        content: the table's Parquet file.
        kind: one of `KINDS`.
        part: keep the rows of these projects and these columns only; None keeps all.
    """
    if kind == PARQUET and part is None:
        return content
    table = pq.read_table(io.BytesIO(content))
    if part is not None:
        own = pc.is_in(table["project"], value_set=pa.array(sorted(part.projects), pa.string()))
        table = table.filter(own)
        table = table.select([name for name in table.column_names if name in part.columns])
        table = table.replace_schema_metadata(None)
    if kind == PARQUET:
        target = io.BytesIO()
        pq.write_table(table, target, compression="zstd")
        return target.getvalue()
    return _csv(table) if kind == CSV else _json(table)


def going_alone(content: bytes) -> frozenset[str]:
    """The projects that a plan's table `choice` has going ahead without the fund."""
    rows = pq.read_table(io.BytesIO(content), columns=["project", "alone"]).to_pylist()
    return frozenset(row["project"] for row in rows if row["alone"])


def _json(table: pa.Table) -> bytes:
    rows = [{name: _finite(value) for name, value in row.items()} for row in table.to_pylist()]
    return json.dumps(rows, allow_nan=False).encode()


def _csv(table: pa.Table) -> bytes:
    """CSV for spreadsheets: no text cell is taken for a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(table.column_names)
    for row in table.to_pylist():
        writer.writerow(_safe(value) for value in row.values())
    return text.getvalue().encode()


def _safe(value: Any) -> Any:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA_STARTS) else value
    return repr(value) if isinstance(value, float) else value


def _finite(value: Any) -> Any:
    """What JSON can say: a number that is none is null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value

"""Read the catalogue's files and tell every fault in them.

Enters: a folder of CSV files. Leaves: frames with the declared columns and types, and faults; the
frames are whole only where there are no faults.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pandas as pd

from optimizer.catalogue.cells import cell_fault, grade_faults, reference_faults
from optimizer.catalogue.tables import TABLES
from optimizer.errors import Fault
from optimizer.instance.validation.words import suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from optimizer.catalogue.columns import Table


def read(folder: Path) -> tuple[dict[str, pd.DataFrame], tuple[Fault, ...]]:
    """All tables by name, and everything wrong with them."""
    if not folder.is_dir():
        return {}, (Fault(str(folder), None, "", "there is no such folder"),)
    texts: dict[str, pd.DataFrame] = {}
    faults: list[Fault] = []
    for table in TABLES:
        texts[table.name], found = text_table(folder, table)
        faults += found or table_faults(table, texts[table.name])
    faults += reference_faults(texts)
    if faults:
        return {}, tuple(faults)
    return {table.name: typed(table, texts[table.name]) for table in TABLES}, ()


def text_table(folder: Path, table: Table) -> tuple[pd.DataFrame, list[Fault]]:
    """A table as text, with the declared columns, and what keeps it from being read."""
    file = f"{table.name}.csv"
    names = [column.name for column in table.columns]
    empty = pd.DataFrame({name: pd.Series(dtype="str") for name in names})
    try:
        with (folder / file).open(encoding="utf-8-sig", newline="") as opened:
            header, *rows = list(csv.reader(opened)) or [[]]
    except FileNotFoundError:
        return empty, [Fault(file, None, "", "this file of the catalogue is missing")]
    except (UnicodeDecodeError, csv.Error) as trouble:
        return empty, [Fault(file, None, "", f"cannot be read as CSV in UTF-8: {trouble}")]
    faults = [Fault(file, 1, name, "the column is missing") for name in names if name not in header]
    faults += [
        Fault(file, 1, name, f"the table has no such column{suggestion(name, names)}")
        for name in header
        if name not in names
    ]
    faults += [Fault(file, 1, name, "twice") for name in sorted(twice(header))]
    faults += [
        Fault(file, row, "", f"has {len(cells)} cells, the header {len(header)}")
        for row, cells in enumerate(rows, 2)
        if len(cells) != len(header)
    ]
    if faults:
        return empty, faults
    return pd.DataFrame(rows, columns=header, dtype="str")[names], []


def twice(names: list[str]) -> set[str]:
    """Names that come more than once."""
    return {name for name in names if names.count(name) > 1}


def table_faults(table: Table, rows: pd.DataFrame) -> Iterator[Fault]:
    """What is wrong within one table: cells, grades, keys."""
    file = f"{table.name}.csv"
    for column in table.columns:
        for row, cell in enumerate(rows[column.name], 2):
            if message := cell_fault(column, cell):
                yield Fault(file, row, column.name, message)
    yield from grade_faults(table, rows)
    again = rows.duplicated(list(table.key))
    for place in again.to_numpy().nonzero()[0]:
        key = ", ".join(rows.iloc[place][list(table.key)])
        message = f"another row has the same key: {key}"
        yield Fault(file, int(place) + 2, ", ".join(table.key), message)


def typed(table: Table, rows: pd.DataFrame) -> pd.DataFrame:
    """A table with figures as floats and years as whole numbers."""
    changed = {}
    for column in table.columns:
        if column.kind in ("number", "year"):
            figures = pd.to_numeric(rows[column.name].where(rows[column.name] != ""))
            whole = column.kind == "year"
            changed[column.name] = figures.astype("Int64") if whole else figures.astype("float64")
    return rows.assign(**changed)

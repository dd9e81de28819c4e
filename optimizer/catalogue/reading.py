"""Read the catalogue's files and tell every fault in them.

Enters: a folder of CSV files. Leaves: frames with the declared columns and types, and faults; there
are frames only where there are no faults.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from optimizer.catalogue.rules import reference_faults, table_faults
from optimizer.catalogue.tables import TABLES
from optimizer.errors import Fault
from optimizer.instance.formats.cells import to_text
from optimizer.instance.formats.folder import read_table
from optimizer.instance.formats.rows import Rows, build_rows

if TYPE_CHECKING:
    from pathlib import Path

    from optimizer.catalogue.facts import Fact

FIGURES = {"number": "float64", "integer": "Int64"}
"""Types of columns of figures; the others are text."""


def read(folder: Path) -> tuple[dict[str, pd.DataFrame], tuple[Fault, ...]]:
    """All tables by name, and everything wrong with them."""
    if not folder.is_dir():
        return {}, (Fault(str(folder), None, "", "there is no such folder"),)
    faults: list[Fault] = []
    tables = {record.table: rows_in(folder, record, faults) for record in TABLES}
    for record in TABLES:
        faults += table_faults(record, tables[record.table])
    faults += reference_faults(tables, TABLES)
    if faults:
        return {}, tuple(faults)
    return {record.table: frame(record, tables[record.table].records) for record in TABLES}, ()


def rows_in(folder: Path, record: type[Fact], faults: list[Fault]) -> Rows[Fact]:
    """The sound rows of a table; what is wrong is added to the faults."""
    path = folder / f"{record.table}.csv"
    if not path.is_file():
        faults.append(Fault(path.name, None, "", "this file of the catalogue is missing"))
        return Rows([], [], None, whole=False)
    return build_rows(record, read_table(path, record, faults), faults)


def frame(record: type[Fact], rows: list[Fact]) -> pd.DataFrame:
    """A table with figures as floats, years as whole numbers, and the rest as text."""
    found = {}
    for name, column in record.columns().items():
        cells = [getattr(fact, name) for fact in rows]
        kind = FIGURES.get(column.kind, "str")
        found[name] = pd.Series(
            cells if column.numeric else [to_text(cell) for cell in cells], dtype=kind
        )
    return pd.DataFrame(found)

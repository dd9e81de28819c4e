"""The rows of one table as records, whatever the table is of: the sound ones, and every fault."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from pydantic import TypeAdapter, ValidationError

from optimizer.errors import Fault
from optimizer.instance.formats.messages import told
from optimizer.instance.formats.names import REMARK
from optimizer.instance.records.base import Record
from optimizer.instance.validation.findings import MOST_LISTED
from optimizer.instance.validation.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic_core import ErrorDetails

    from optimizer.instance.formats.table import Place, Table

R = TypeVar("R", bound=Record)

FEWEST_LACKING = 3
"""Required cells that a row lacks from which it may be no row of the table at all."""


class Rows(NamedTuple, Generic[R]):
    """The records of a table that are sound, and what became of the others."""

    records: list[R]
    places: list[Place]
    lost: frozenset[str] | None
    """Identifiers of the refused records; None if the table could not be read in full."""
    whole: bool


@cache
def adapter(record: type[Record]) -> TypeAdapter[list[Any]]:
    """Validates all rows of a table at once and finds all of their faults."""
    return TypeAdapter(list[record])  # type: ignore[valid-type]


def build_rows(record: type[R], table: Table, faults: list[Fault]) -> Rows[R]:
    """The sound records of a table; the others become faults."""
    errors: list[ErrorDetails] = []
    try:
        rows = adapter(record).validate_python(table.records)
    except ValidationError as fault:
        errors = fault.errors(include_url=False)
    bad = {int(error["loc"][0]) for error in errors} | table.refused.keys()
    if not bad:
        return Rows(rows, table.places, frozenset() if table.readable else None, table.readable)
    tell_errors(record, table, errors, faults)
    good = [index for index in range(len(table.records)) if index not in bad]
    rows = adapter(record).validate_python([table.records[index] for index in good])
    places = [table.places[index] for index in good]
    return Rows(rows, places, lost_names(table, bad, errors), False)


def tell_errors(
    record: type[Record], table: Table, errors: Sequence[ErrorDetails], faults: list[Fault]
) -> None:
    """The faults of the rows of a table, but for those of cells that are told already."""
    new = [
        (index, error)
        for error in errors
        for index, name in [(int(error["loc"][0]), error["loc"][1])]
        if name not in table.absent and name not in table.refused.get(index, ())
    ]
    stray = stray_rows(table, new)
    for index, missing in stray.items():
        table_file, row = table.places[index]
        message = (
            f"is no whole row: {listed(missing)} are empty. If it is a total, a note or units, "
            f"delete it, or put it into a column whose heading begins with '{REMARK}'"
        )
        faults.append(Fault(table_file, row, "", message))
    new = [(index, error) for index, error in new if index not in stray]
    for index, error in new[:MOST_LISTED]:
        field, message = told(record, dict(error), error["loc"][1:])
        file, row = table.places[index]
        faults.append(Fault(file, row, field, message, cell=table.cell(row, field)))
    if len(new) > MOST_LISTED:
        message = f"has {len(new):,} such faults; only the first {MOST_LISTED:,} are listed"
        faults.append(Fault(table.file, None, "", message))


def stray_rows(table: Table, errors: Sequence[tuple[int, ErrorDetails]]) -> dict[int, list[str]]:
    """Rows that lack most of what a row must have, with the fields that they lack."""
    missing: dict[int, list[str]] = defaultdict(list)
    for index, error in errors:
        if error["type"] == "missing":
            missing[index].append(str(error["loc"][1]))
    return {
        index: names
        for index, names in islice(missing.items(), MOST_LISTED)
        if len(names) >= FEWEST_LACKING and len(names) >= len(table.records[index])
    }


def lost_names(
    table: Table, bad: Iterable[int], errors: Sequence[ErrorDetails]
) -> frozenset[str] | None:
    """Identifiers of the refused rows; None if one of them is wrong or rows could not be read."""
    nameless = any("id" in error["loc"][1:2] for error in errors)
    nameless = nameless or any("id" in fields for fields in table.refused.values())
    if nameless or not table.readable:
        return None
    return frozenset(str(table.records[index].get("id", "")) for index in bad)

"""The sheet `settings` of a workbook: a field and its value in each row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.instance.formats.cells import EMPTY, from_value
from optimizer.instance.formats.columns import Column, columns
from optimizer.instance.formats.grid import Unreadable
from optimizer.instance.formats.headings import (
    SEARCHED,
    by_folded,
    find_heading,
    read_heading,
    tell_remarks,
)
from optimizer.instance.formats.merging import unmerged
from optimizer.instance.formats.names import REMARK, folded
from optimizer.instance.settings import Objective, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.instance.formats.grid import Cells, Sheet
    from optimizer.instance.formats.headings import Heading
    from optimizer.instance.formats.source import Source
    from optimizer.instance.formats.table import Table

WEIGHTS = "objective.weights."
OBJECTIVE = "objective."


def text_column(name: str) -> Column:
    """A column of the sheet; its values are read by field."""
    return Column(name, "text", False, True, None, "", None, None, (), "")


COLUMNS = by_folded({name: text_column(name) for name in ("field", "value")})


def fields() -> dict[str, str]:
    """The fields of the settings by their folded name."""
    names = [*columns(Settings), *(OBJECTIVE + name for name in columns(Objective))]
    return {folded(name): name for name in names}


def read_settings(source: Source, table: Table, sheet: Sheet) -> None:
    """Read the settings, nested as in `instance.toml`; they stay None if that cannot be done."""
    if not sheet.rows:
        table.refuse("the columns must be field and value", 1)
        return
    if not find_heading(table, sheet.rows[:SEARCHED], COLUMNS):
        return
    heading = read_heading(table, *sheet.rows[0], COLUMNS)
    if table.readable and unmerged(table, sheet)(heading):
        source.settings = nested(source, table, stated(table, heading, sheet.rows[1:]))


def stated(
    table: Table, heading: Heading, rows: list[tuple[int, Cells]]
) -> Iterator[tuple[str, int, object, int]]:
    """Field, row, value and position of the value, for each field that has a value."""
    places = {column.name: position for position, column in heading.columns.items()}
    known, unnamed = fields(), dict[int, list[int]]()
    for number, cells in rows:
        for position in cells.keys() - heading.named:
            unnamed.setdefault(position, []).append(number)
        named, value = cells.get(places["field"], ""), cells.get(places["value"])
        text = str(named).strip()
        if isinstance(named, Unreadable):
            if named.why:
                table.tell(number, "", named.why, places["field"])
            continue
        if value is None or text.startswith(REMARK):
            continue
        if text:
            yield known.get(folded(text), text), number, value, places["value"]
        else:
            table.tell(number, "", "a value without a field", places["value"])
    tell_remarks(table, unnamed)


def nested(
    source: Source, table: Table, rows: Iterator[tuple[str, int, object, int]]
) -> dict[str, object]:
    """The settings from their rows."""
    weights: dict[str, object] = {}
    objective: dict[str, object] = {}
    settings: dict[str, object] = {}
    known = columns(Settings)
    for name, number, value, position in rows:
        if name in source.settings_cells:
            table.tell(number, name, "the field occurs more than once", position)
        source.settings_cells[name] = number, table.address(number, position)
        if isinstance(value, Unreadable):
            if value.why:
                table.tell(number, name, value.why, position)
            source.settings_refused.add(name)
        elif name.startswith(WEIGHTS):
            weights[name.removeprefix(WEIGHTS)] = value
        elif name.startswith(OBJECTIVE):
            objective[name.removeprefix(OBJECTIVE)] = value
        else:
            read = from_value(known[name], value) if name in known else value
            settings |= {} if read is EMPTY else {name: read}
    if weights:
        objective["weights"] = weights
    return settings | ({"objective": objective} if objective else {})

"""An instance as one JSON document: {"settings": {…}, "projects": [{…}, …], …}."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from optimizer.errors import Fault
from optimizer.instance import Instance
from optimizer.instance.formats import limits
from optimizer.instance.formats.cells import EMPTY, from_value
from optimizer.instance.formats.columns import columns
from optimizer.instance.formats.names import SETTINGS, table_meant
from optimizer.instance.formats.source import Source, known_table, refused, text_of
from optimizer.instance.formats.table import Table
from optimizer.instance.validation.words import suggestion
from optimizer.system.files import whole_file

if TYPE_CHECKING:
    from pathlib import Path

DEEPEST = 6
"""Levels of nesting: document, objective, weights, and some to spare for a clear message."""


def read_document(path: Path) -> Source:
    """Read what a JSON document holds, without judging its values."""
    return source_of(text_of(path), path.name)


def source_of(text: str, name: str) -> Source:
    """Read what a JSON text holds; `name` is what faults call it."""
    source = Source(f"{name} settings", lambda table: f"{name} {table}", document=text)
    document = parsed(text, name, source.faults)
    misnamed: list[str] = []
    for key, value in document.items():
        if key == "settings":
            if isinstance(value, dict):
                source.settings = {name: part for name, part in value.items() if part is not None}
            else:
                source.faults.append(Fault(f"{name} settings", None, "", "is not an object"))
        elif not known_table(key):
            hint = suggestion(key, frozenset(Instance.tables()))
            message = f"'{key}' is no table of an instance{hint}"
            source.faults.append(Fault(name, None, "", message))
            misnamed.append(key)
        else:
            source.tables[key] = read_table(key, value, f"{name} {key}", source.faults)
    meant = {table for key in misnamed if (table := table_meant(key))}
    for table in meant - {SETTINGS}:
        source.lose(table, f"{name} {table}")
    if SETTINGS not in document and SETTINGS not in meant:
        source.faults.append(Fault(name, None, "", "has no settings"))
    return source


def parsed(text: str, name: str, faults: list[Fault]) -> dict[str, object]:
    """The object that the text holds; keys that occur twice are faults."""

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        keys = [key for key, _ in pairs]
        for key in sorted({key for key in keys if len(set(keys)) < len(keys)}):
            if keys.count(key) > 1:
                message = f"the key '{key}' occurs more than once in one object"
                faults.append(Fault(name, None, "", message))
        return dict(pairs)

    try:
        document = json.loads(text, object_pairs_hook=once)
    except RecursionError:
        raise refused(name, f"is nested too deeply; an instance needs {DEEPEST} levels") from None
    except ValueError as fault:
        raise refused(name, f"is not valid JSON: {fault}") from None
    if not isinstance(document, dict):
        raise refused(name, "must be an object with settings and tables")
    if deeper(document, DEEPEST):
        raise refused(name, f"is nested too deeply; an instance needs {DEEPEST} levels")
    return document


def deeper(value: object, levels: int) -> bool:
    """Whether a value is nested in more than so many levels."""
    if not isinstance(value, dict | list):
        return False
    parts = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(deeper(part, levels - 1) for part in parts)


def read_table(name: str, rows: object, file: str, faults: list[Fault]) -> Table:
    """The rows of one table, placed by their position from 0."""
    table = Table(file)
    if not isinstance(rows, list):
        faults.append(Fault(file, None, "", "is not a list of rows"))
        table.readable = False
        return table
    if len(rows) > limits.ROWS:
        message = f"has {len(rows):,} rows; a table may have at most {limits.ROWS:,}"
        faults.append(Fault(file, None, "", message))
        table.readable = False
        return table
    known = columns(Instance.tables()[name])
    for position, row in enumerate(rows):
        place = f"{file}[{position}]"
        if not isinstance(row, dict):
            faults.append(Fault(place, None, "", "is not an object of fields"))
            table.readable = False
            continue
        record = {
            field: read
            for field, value in row.items()
            if (read := from_value(known[field], value) if field in known else value) is not EMPTY
        }
        table.records.append(record)
        table.places.append((place, None))
    return table


def write_document(instance: Instance, path: Path) -> None:
    """Write the settings and the tables that have rows."""
    empty = {name for name in instance.tables() if not getattr(instance, name)}
    text = instance.model_dump_json(indent=2, exclude=empty)
    with whole_file(path) as fresh:
        fresh.write_text(text + "\n", encoding="utf-8", newline="")

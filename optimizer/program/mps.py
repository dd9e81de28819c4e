"""A program as a free-format MPS file, with names that a person can read.

Enters: a program. Leaves: the lines of a file that any solver reads. Names are the keys of rows and
columns, in ASCII, unique, and short enough for every reader that is known.

    w[nolans-1,2030]                     nolans-1 has been started by 2030
    activity[mp,main]@nominal,2031       kt that mp makes in recipe main in the nominal year 2031
    balance[usa,magnet]@nominal,2031     rule 11 in that year
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.program.keys import ColumnKey, ColumnKeys, RowKey, RowKeys
    from optimizer.program.program import Program

OBJECTIVE = "objective"
MOST_LETTERS = 150
"""Longest name: COIN's reader, which CBC uses, allows 159 characters."""
UNUSUAL = re.compile(r"[^A-Za-z0-9_.\-]")
"""What stands in no name as it is: blanks end a field, commas and brackets are ours."""


def names(keys: RowKeys | ColumnKeys) -> list[str]:
    """A name for each key: component, indexes and block."""
    each: Iterator[RowKey | ColumnKey] = iter(keys)
    return [_short(_name(key), position) for position, key in enumerate(each)]


def _name(key: RowKey | ColumnKey) -> str:
    indexes = f"[{_listed(key.key)}]" if key.key else ""
    block = "" if isinstance(key.block, str) else f"@{_listed(key.block)}"
    return f"{_plain(key.component)}{indexes}{block}"


def _listed(parts: tuple[object, ...]) -> str:
    return ",".join(_plain(part) for part in parts)


def _plain(part: object) -> str:
    """A part of a key, with unusual characters by their code."""
    return UNUSUAL.sub(lambda found: f"%{ord(found[0]):x}%", str(part))


def _short(name: str, position: int) -> str:
    """A name as it is, or its beginning and its number where it is too long."""
    if len(name) <= MOST_LETTERS:
        return name
    number = f"~{position}"
    return name[: MOST_LETTERS - len(number)] + number


def mps_lines(program: Program) -> Iterator[str]:
    """The program in free-format MPS.

    A row with two different finite sides is an L row with a range; a row with none is left out.
    """
    columns, rows = names(program.columns), names(program.rows)
    yield "NAME lodestone"
    yield "OBJSENSE"
    yield "    MIN"
    lower, upper = program.row_lower, program.row_upper
    there = np.isfinite(lower) | np.isfinite(upper)
    kind = np.where(lower == upper, "E", np.where(np.isfinite(upper), "L", "G"))
    yield "ROWS"
    yield f" N {OBJECTIVE}"
    yield from (f" {kind[i]} {rows[i]}" for i in np.flatnonzero(there))
    yield "COLUMNS"
    yield from _columns(program, columns, rows, there.tolist())
    yield "RHS"
    if program.offset:
        yield f" RHS {OBJECTIVE} {-program.offset!r}"
    side = np.where(np.isfinite(upper), upper, lower)
    yield from (f" RHS {rows[i]} {side[i].item()!r}" for i in np.flatnonzero(there & (side != 0)))
    yield "RANGES"
    both = np.isfinite(lower) & np.isfinite(upper) & (lower != upper)
    yield from (f" RNG {rows[i]} {(upper[i] - lower[i]).item()!r}" for i in np.flatnonzero(both))
    yield "BOUNDS"
    yield from _bounds(program, columns)
    yield "ENDATA"


def _columns(
    program: Program, columns: list[str], rows: list[str], there: list[bool]
) -> Iterator[str]:
    """Cost and entries of every column; integer columns stand between markers."""
    starts, indices = program.matrix.indptr.tolist(), program.matrix.indices.tolist()
    values, cost = program.matrix.data.tolist(), program.cost.tolist()
    runs = groupby(range(len(columns)), key=program.integer.tolist().__getitem__)
    for number, (integer, run) in enumerate(runs):
        if integer:
            yield f" MARKER{number} 'MARKER' 'INTORG'"
        for j in run:
            entries = range(starts[j], starts[j + 1])
            if cost[j] or not entries:
                yield f" {columns[j]} {OBJECTIVE} {cost[j]!r}"
            for k in entries:
                if there[indices[k]]:
                    yield f" {columns[j]} {rows[indices[k]]} {values[k]!r}"
        if integer:
            yield f" MARKER{number}E 'MARKER' 'INTEND'"


def _bounds(program: Program, columns: list[str]) -> Iterator[str]:
    """Bounds other than the default, 0 to infinity; integer columns always state theirs."""
    sides = zip(
        columns,
        program.lower.tolist(),
        program.upper.tolist(),
        program.integer.tolist(),
        strict=True,
    )
    for name, lower, upper, integer in sides:
        if lower == upper:
            yield f" FX BND {name} {lower!r}"
            continue
        if lower == -np.inf:
            yield f" {'FR' if upper == np.inf else 'MI'} BND {name}"
        elif lower or integer:
            yield f" LO BND {name} {lower!r}"
        if upper != np.inf:
            yield f" UP BND {name} {upper!r}"
        elif integer and lower != -np.inf:
            yield f" PL BND {name}"

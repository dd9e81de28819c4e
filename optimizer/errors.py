"""What can go wrong, in words that say where and what to do."""

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Literal, NamedTuple

MOST_PLACES = 3
"""Rows, or runs of rows, that a line about many rows spells out."""
SHORTEST_RUN = 3
FEWEST_ALIKE = 4
"""Messages that differ only in what they quote are one line from so many on."""
POSITION = re.compile(r"\[(\d+)\]$")
"""How the place of a row in a JSON document ends."""
VARIABLE = re.compile(r"'[^']*'|\(did you mean [^)]*\)|\d[\d,.]*")
"""What differs between messages about the same thing: quotes, suggestions, numbers."""


class Fault(NamedTuple):
    """One thing wrong, or worth a look, in an instance."""

    file: str
    """File, sheet or table; empty for the instance as a whole."""
    row: int | None
    """Row as a spreadsheet counts it, the header being row 1; None for the whole file."""
    field: str
    """Column; empty for the whole row."""
    message: str
    """What is wrong, and what to do."""
    level: Literal["error", "warning"] = "error"
    cell: str = ""
    """Address in a workbook, such as `projects!K30`; empty elsewhere."""

    @property
    def parts(self) -> tuple[str, int | None]:
        """The file and, in a JSON document, the position of the row: `rare.json projects`, 12."""
        found = POSITION.search(self.file)
        return (self.file[: found.start()], int(found[1])) if found else (self.file, None)

    def __str__(self) -> str:
        """`projects.csv row 14, country: 'Chile' is not an ISO 3166-1 alpha-3 code (…)`."""
        row = f" row {self.row}" if self.row is not None else ""
        return line(f"{self.file}{row}", self.field, self.cell, self.message)


def line(place: str, field: str, cell: str, message: str) -> str:
    """`draft.xlsx sheet projects row 30, kind (projects!AF30): 'mines' is not allowed (…)`."""
    where = ", ".join(part for part in (place, field) if part)
    if cell:
        where = f"{where} ({cell})" if where else cell
    return f"{where}: {message}" if where else message


def grouped(faults: Sequence[Fault]) -> list[str]:
    """Faults as lines for people: errors first, equal ones of a column in one line with their rows.

    Messages that differ only in what they quote are one line too where there are many of them.
    `projects.csv rows 3, 5, 7 and 26 more, country: 'Chile' is not … (29 times)`
    """
    alike: dict[tuple[object, ...], list[Fault]] = defaultdict(list)
    for fault in sorted(faults, key=lambda fault: fault.level):
        file, _ = fault.parts
        kind = VARIABLE.sub("'…'", fault.message)
        alike[fault.level, file, fault.field, fault.row is None, kind].append(fault)
    lines = []
    for group in alike.values():
        if len(group) >= FEWEST_ALIKE:
            lines.append(group_line(group))
            continue
        equal: dict[str, list[Fault]] = defaultdict(list)
        for fault in group:
            equal[fault.message].append(fault)
        lines += [group_line(same) for same in equal.values()]
    return lines


def group_line(group: Sequence[Fault]) -> str:
    """One line about faults of one column that say the same, or the like."""
    first = group[0]
    if len(group) == 1:
        return str(first)
    different = len({fault.message for fault in group}) - 1
    count = f"{len(group):,} times"
    message = f"{first.message} ({count}{'; the others quote other values' if different else ''})"
    cell = f"from {first.cell}" if first.cell else ""
    return line(places(group), first.field, cell, message)


def places(group: Sequence[Fault]) -> str:
    """`projects.csv rows 3–5, 7 and 26 more`, or `rare.json projects[3], [5] and [7]`."""
    file, bracket = group[0].parts[0], group[0].parts[1] is not None
    found = [fault.parts[1] if bracket else fault.row for fault in group]
    numbers = [number for number in found if number is not None]
    if not numbers:
        return file
    listed: list[str] = []
    left = numbers = sorted(set(numbers))
    while left and len(listed) < MOST_PLACES:
        run = next((n for n in range(1, len(left)) if left[n] != left[0] + n), len(left))
        run = run if run >= SHORTEST_RUN else 1
        shown = str(left[0]) if run == 1 else f"{left[0]}–{left[run - 1]}"
        listed.append(f"[{shown}]" if bracket else shown)
        left = left[run:]
    if left:
        listed.append(f"{len(left)} more")
    *others, last = listed
    rows = f"{', '.join(others)} and {last}" if others else last
    if bracket:
        return f"{file}{rows}"
    return f"{file} row{'s' if len(numbers) > 1 else ''} {rows}"


class OptimizerError(Exception):
    """Base of everything that this package raises on purpose."""


class InvalidInstance(OptimizerError):
    """An instance with faults: every one of them, not just the first."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


class InvalidCatalogue(OptimizerError):
    """A catalogue with faults: every one of them, not just the first."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


class InvalidSearch(OptimizerError):
    """A search of the catalogue for what it does not know; the message says what it does."""


class InvalidOptions(OptimizerError):
    """Options that do not fit the instance; the message says which, and what would fit."""


class SolverFailed(OptimizerError):
    """The solver ended without an answer that can be trusted; the message says how."""


class InvalidPlan(OptimizerError):
    """A plan folder that cannot be read, or that the checker has refused."""

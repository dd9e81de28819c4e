"""Tables that fit into a width: columns give way in a stated order, and no cell is ever wrapped."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rich.cells import cell_len

ELLIPSIS = "…"
BETWEEN = 2
"""Blanks between columns."""


@dataclass(frozen=True)
class Grid:
    """A table of texts."""

    header: tuple[str, ...]
    align: str
    """One letter for each column: l or r."""
    rows: tuple[tuple[str, ...], ...]
    gives_way: tuple[str, ...] = ()
    """Columns that are left out where there is no room, the first one first."""
    names: str = ""
    """Column of names, which may be shortened: never below `LEAST`, nor so that two look alike."""
    longest: int | None = 40
    """Width of names where the table may be as wide as it is; None for any."""

    @property
    def widths(self) -> list[int]:
        """Width of each column: that of its widest cell."""
        cells = zip(self.header, *self.rows, strict=True)
        return [max(cell_len(cell) for cell in column) for column in cells]

    @property
    def width(self) -> int:
        """Width of the whole table."""
        return sum(self.widths) + BETWEEN * (len(self.header) - 1)


LEAST = 20
"""Width that names get at the least."""


def fitted(grid: Grid, width: int | None) -> tuple[Grid, tuple[str, ...]]:
    """A table that fits into a width, as far as it can, and the columns that it had to leave out.

    Args:
        grid: the table.
        width: columns of the terminal or page; None where any width will do.
    """
    if width is None:
        return _with_names(grid, grid.longest) if grid.longest else grid, ()
    left_out: list[str] = []
    waiting = [name for name in grid.gives_way if name in grid.header]
    while True:
        least = _with_names(grid, LEAST)
        if least.width <= width or not waiting:
            room = width - least.width + (_name_width(least) if grid.names else 0)
            return _with_names(grid, max(LEAST, room)), tuple(left_out)
        left_out.append(waiting.pop(0))
        grid = _without(grid, left_out[-1])


def shortened(names: list[str], width: int) -> list[str]:
    """Names in a width, cut so that different ones stay different.

    The end is cut off; where that makes two names alike their middle is. What no cut tells apart
    stays whole.
    """
    ends = {name: _cut(name, width, 0) for name in names}
    found = ends
    for tail in (width // 3, width // 2, width - 4):
        alike = _alike(found)
        if not alike:
            break
        found = found | {name: _cut(name, width, tail) for name in alike}
    return [name if name in _alike(found) else found[name] for name in names]


def _alike(found: dict[str, str]) -> set[str]:
    """Names that are cut to the same text as another one."""
    texts = list(found.values())
    return {name for name, text in found.items() if texts.count(text) > 1}


def _cut(name: str, width: int, tail: int) -> str:
    """A name in a width, with so many letters of its end."""
    if cell_len(name) <= width:
        return name
    end = name[len(name) - tail :].lstrip() if tail else ""
    head = name
    while head and cell_len(head) + cell_len(ELLIPSIS) + cell_len(end) > width:
        head = head[:-1]
    return head.rstrip() + ELLIPSIS + end


def _with_names(grid: Grid, width: int) -> Grid:
    if grid.names not in grid.header:
        return grid
    place = grid.header.index(grid.names)
    cut = shortened([row[place] for row in grid.rows], width)
    rows = [
        (*row[:place], text, *row[place + 1 :]) for row, text in zip(grid.rows, cut, strict=True)
    ]
    return replace(grid, rows=tuple(rows))


def _name_width(grid: Grid) -> int:
    return grid.widths[grid.header.index(grid.names)] if grid.names in grid.header else 0


def _without(grid: Grid, name: str) -> Grid:
    place = grid.header.index(name)

    def rest(row: tuple[str, ...]) -> tuple[str, ...]:
        return (*row[:place], *row[place + 1 :])

    return replace(
        grid,
        header=rest(grid.header),
        align=grid.align[:place] + grid.align[place + 1 :],
        rows=tuple(rest(row) for row in grid.rows),
    )

"""Pages of sentences and tables, written as plain text or printed to a terminal."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 100
"""Columns of a page in plain text."""
INDENT = "  "
NO_BREAK = "\N{NO-BREAK SPACE}"
UNIT_AFTER = re.compile(r"(?<=\d) (?=%|M\$)")


@dataclass(frozen=True)
class Grid:
    """A table of texts."""

    header: tuple[str, ...]
    align: str
    """One letter for each column: l or r."""
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    """A heading, some sentences, and perhaps a table with notes under it."""

    title: str
    sentences: tuple[str, ...] = ()
    grid: Grid | None = None
    notes: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.sentences or self.notes or (self.grid and self.grid.rows))


@dataclass(frozen=True)
class Page:
    """Everything that is said of a plan."""

    title: str
    sections: tuple[Section, ...]


def plain(page: Page) -> str:
    """A page as plain text, without colours or control characters."""
    blocks = [page.title]
    for section in page.sections:
        lines = [section.title.upper(), *_paragraphs(section.sentences)]
        if section.grid and section.grid.rows:
            lines += _table(section.grid)
        blocks.append("\n".join([*lines, *_paragraphs(section.notes)]))
    return "\n\n".join(blocks) + "\n"


def print_page(page: Page, console: Console) -> None:
    """Print a page to a terminal, with headings and tables that stand out."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    console.print(Text(page.title, style="bold"))
    for section in page.sections:
        console.print(Text(f"\n{section.title}", style="bold cyan"))
        for sentence in section.sentences:
            console.print(Padding(Text(sentence), (0, 0, 0, 2)))
        if section.grid and section.grid.rows:
            table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1))
            for name, align in zip(section.grid.header, section.grid.align, strict=True):
                side = "right" if align == "r" else "left"
                table.add_column(Text(name), justify=side, no_wrap=align == "r")  # type: ignore[arg-type]
            for row in section.grid.rows:
                table.add_row(*(Text(cell) for cell in row))
            console.print(Padding(table, (0, 0, 0, 2)))
        for note in section.notes:
            console.print(Padding(Text(note), (0, 0, 0, 2)))


def _paragraphs(sentences: tuple[str, ...]) -> list[str]:
    """Sentences in lines; a number stays with its unit."""
    return [
        line.replace(NO_BREAK, " ")
        for sentence in sentences
        for line in textwrap.wrap(
            UNIT_AFTER.sub(NO_BREAK, sentence),
            WIDTH,
            initial_indent=INDENT,
            subsequent_indent=INDENT,
            break_on_hyphens=False,
        )
    ]


def _table(grid: Grid) -> list[str]:
    """Lines of a table; a cell is as wide as the widest of its column."""
    rows = (grid.header, *grid.rows)
    widths = [max(len(row[column]) for row in rows) for column in range(len(grid.header))]
    return [
        INDENT
        + "  ".join(
            cell.rjust(width) if align == "r" else cell.ljust(width)
            for cell, width, align in zip(row, widths, grid.align, strict=True)
        ).rstrip()
        for row in rows
    ]

"""Pages of sentences and tables, written as plain text or printed to a terminal."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from optimizer.presentation.report.fitting import BETWEEN, Grid, fitted

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 100
"""Columns of sentences, at the most …"""
LEAST_WIDTH = 40
"""… and at the least."""
__all__ = ["Grid", "Page", "Section", "plain", "print_page"]

INDENT = "  "
NO_BREAK = "\N{NO-BREAK SPACE}"
UNIT_AFTER = re.compile(r"(?<=\d) (?=%|M\$)")


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


def plain(page: Page, width: int | None = None) -> str:
    """A page as plain text, without colours or control characters.

    Args:
        page: what is said.
        width: columns that there are; None where tables may be as wide as they are.
    """
    blocks = [page.title]
    for section in page.sections:
        table, notes = _table(section, width)
        lines = [section.title.upper(), *_paragraphs(section.sentences, width), *table, *notes]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def print_page(page: Page, console: Console) -> None:
    """Print a page to a terminal, with headings that stand out; no cell of a table is wrapped."""
    from rich.text import Text

    def put(text: str, style: str = "") -> None:
        console.print(Text(text, style=style), no_wrap=True, overflow="ignore", crop=False)

    put(page.title, "bold")
    for section in page.sections:
        put(f"\n{section.title}", "bold cyan")
        table, notes = _table(section, console.width)
        lines = [*_paragraphs(section.sentences, console.width), *table, *notes]
        heading = table[:1]
        for line in lines:
            put(line, "dim" if [line] == heading else "")


def _paragraphs(sentences: tuple[str, ...], width: int | None) -> list[str]:
    """Sentences in lines; a number stays with its unit."""
    return [
        line.replace(NO_BREAK, " ")
        for sentence in sentences
        for line in textwrap.wrap(
            UNIT_AFTER.sub(NO_BREAK, sentence),
            max(LEAST_WIDTH, min(WIDTH, width or WIDTH)),
            initial_indent=INDENT,
            subsequent_indent=INDENT,
            break_on_hyphens=False,
            break_long_words=False,
        )
    ]


def _table(section: Section, width: int | None) -> tuple[list[str], list[str]]:
    """Lines of a section's table, and of the notes under it."""
    if section.grid is None or not section.grid.rows:
        return [], _paragraphs(section.notes, width)
    room = None if width is None else width - len(INDENT)
    grid, left_out = fitted(section.grid, room)
    notes = section.notes
    if left_out:
        names = ", ".join(name.strip("()") for name in left_out)
        notes = (f"Left out for want of room: {names}.", *notes)
    return _lines(grid), _paragraphs(notes, width)


def _lines(grid: Grid) -> list[str]:
    """Lines of a table; a cell is as wide as the widest of its column."""
    return [
        INDENT
        + (" " * BETWEEN)
        .join(
            " " * (width - cell_len(cell)) + cell if align == "r" else set_cell_size(cell, width)
            for cell, width, align in zip(row, grid.widths, grid.align, strict=True)
        )
        .rstrip()
        for row in (grid.header, *grid.rows)
    ]

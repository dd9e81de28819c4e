"""Tables in a width: columns give way, ids are never wrapped, names stay apart."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from optimizer.instance.formats.reader import load
from optimizer.plan.files import load_plan
from optimizer.presentation.report import plain, print_page, report
from optimizer.presentation.report.fitting import Grid, fitted, shortened
from tests.support.commands import RARE_EARTHS, run_process

if TYPE_CHECKING:
    from optimizer.presentation.report import Page

PHASES = [f"India sintered magnet scheme, phase {number}" for number in range(1, 4)]
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=40)


@pytest.fixture(scope="module")
def page() -> Page:
    return report(load_plan(RARE_EARTHS / "plan"), load(RARE_EARTHS))


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_a_report_fits_and_no_id_is_broken(page: Page, width: int) -> None:
    chosen = {project for project, _ in load_plan(RARE_EARTHS / "plan").chosen}
    text = plain(page, width)

    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert chosen <= set(text.split())
    screen = io.StringIO()
    print_page(page, Console(file=screen, width=width))
    assert screen.getvalue().lower().split() == text.lower().split()


def test_what_is_left_out_is_said(page: Page) -> None:
    assert "Left out for want of room: kt/y, makes" in plain(page, 80)
    assert "Left out for want of room" not in plain(page, 200)
    assert "Left out for want of room" not in plain(page)


def test_a_pipe_is_as_wide_as_the_environment_says() -> None:
    variables = os.environ | {"COLUMNS": "80"}
    narrow = run_process(
        "show", RARE_EARTHS / "plan", "--instance", RARE_EARTHS, env=variables
    ).stdout

    assert max(cell_len(line) for line in narrow.splitlines()) <= 80


def test_columns_give_way_in_their_order() -> None:
    grid = Grid(("id", "a", "b", "c"), "llrr", (("row", "aaaa", "bbbb", "cccc"),), ("b", "a"))

    assert fitted(grid, 100) == (grid, ())
    assert fitted(grid, 21)[1] == ()
    assert fitted(grid, 20)[1] == ("b",)
    assert fitted(grid, 9)[1] == ("b", "a")
    assert fitted(grid, 1)[0].header == ("id", "c"), "what may not give way stays"


def test_names_are_cut_so_that_they_differ() -> None:
    assert shortened(PHASES, 26) == [f"India sintered mag…phase {n}" for n in (1, 2, 3)]
    assert shortened(["short", "a name that is too long"], 10) == ["short", "a name th…"]


@given(st.lists(TEXT, max_size=8), st.integers(min_value=12, max_value=30))
def test_different_names_stay_different(names: list[str], width: int) -> None:
    cut = shortened(names, width)

    assert len(set(cut)) == len(set(names))
    assert all(cell_len(text) <= width or text in names for text in cut)


@given(
    st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=5),
    st.integers(min_value=1, max_value=150),
)
def test_a_fitted_table_is_no_wider_than_it_has_to_be(
    rows: list[tuple[str, str, str]], width: int
) -> None:
    grid = Grid(("id", "name", "more"), "lll", tuple(rows), ("more", "name"), names="name")
    found, left_out = fitted(grid, width)

    assert found.width <= width or set(left_out) == {"more", "name"}
    assert [row[0] for row in found.rows] == [row[0] for row in rows]

"""Faults as lines for people: grouped, counted, errors first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from optimizer.errors import Fault, grouped

EMPTY = "is empty, but must be filled"


def of_rows(*rows: int, file: str = "projects.csv", message: str = EMPTY) -> list[Fault]:
    return [Fault(file, row, "country", message) for row in rows]


def test_a_fault_of_a_workbook_names_its_cell() -> None:
    fault = Fault("draft.xlsx sheet projects", 30, "kind", EMPTY, cell="projects!AF30")
    assert str(fault) == f"draft.xlsx sheet projects row 30, kind (projects!AF30): {EMPTY}"
    assert str(fault._replace(file="", row=None, field="")) == f"projects!AF30: {EMPTY}"


def test_errors_come_before_warnings() -> None:
    warning = Fault("zones.csv", 2, "id", "'home' is not used anywhere", "warning")
    error = Fault("projects.csv", 2, "country", EMPTY)
    assert grouped([warning, error]) == [str(error), str(warning)]


def test_equal_faults_of_a_column_are_one_line_with_their_rows() -> None:
    assert grouped(of_rows(3, 5)) == [f"projects.csv rows 3 and 5, country: {EMPTY} (2 times)"]
    assert grouped(of_rows(3, 5, 7, *range(20, 46))) == [
        f"projects.csv rows 3, 5, 7 and 26 more, country: {EMPTY} (29 times)"
    ]
    assert grouped(of_rows(*range(2, 31), 40)) == [
        f"projects.csv rows 2–30 and 40, country: {EMPTY} (30 times)"
    ]


def test_other_files_columns_and_levels_are_lines_of_their_own() -> None:
    one = Fault("projects.csv", 2, "country", EMPTY)
    others = [
        one._replace(file="zones.csv"),
        one._replace(field="id"),
        one._replace(level="warning"),
        one._replace(row=None),
        one._replace(message="is not a text"),
    ]
    assert len(grouped([one, *others])) == 6


def test_positions_in_a_document_and_cells_of_a_workbook() -> None:
    document = [Fault(f"a.json projects[{n}]", None, "kind", EMPTY) for n in (1, 3, 5, 7)]
    assert grouped(document) == [
        f"a.json projects[1], [3], [5] and 1 more, kind: {EMPTY} (4 times)"
    ]
    cells = [Fault("a.xlsx sheet zones", row, "id", EMPTY, cell=f"zones!B{row}") for row in (2, 4)]
    assert grouped(cells) == [
        f"a.xlsx sheet zones rows 2 and 4, id (from zones!B2): {EMPTY} (2 times)"
    ]


def test_many_messages_that_differ_in_what_they_quote_are_one_line() -> None:
    faults = [
        Fault("zones.csv", row, "id", f"'z{row}' is not used anywhere", "warning")
        for row in range(2, 9)
    ]
    assert grouped(faults) == [
        "zones.csv rows 2–8, id: 'z2' is not used anywhere (7 times; the others quote other values)"
    ]
    assert grouped(faults[:3]) == [str(fault) for fault in faults[:3]]


@given(
    st.lists(
        st.builds(
            Fault,
            st.sampled_from(["a.csv", "b.csv", "c.json projects[3]", "c.json projects[4]", ""]),
            st.none() | st.integers(1, 50),
            st.sampled_from(["", "id"]),
            st.sampled_from(["x", "'a' is wrong", "'b' is wrong"]),
            st.sampled_from(["error", "warning"]),
        ),
        max_size=60,
    )
)
def test_every_fault_is_in_a_line(faults: list[Fault]) -> None:
    lines = grouped(faults)
    counted = sum(
        int(line.rpartition("(")[2].partition(" times")[0]) if " times" in line else 1
        for line in lines
    )
    assert counted == len(faults)
    assert (
        grouped([fault for fault in faults if fault.level == "error"])
        == lines[: len(grouped([fault for fault in faults if fault.level == "error"]))]
    )

"""Workbooks as spreadsheet programs save them."""

from __future__ import annotations

import datetime
import re
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.errors import InvalidInstance, grouped
from optimizer.instance import Instance
from optimizer.instance.formats import examine, excel, limits, load, opendocument, save
from optimizer.instance.formats.columns import columns
from optimizer.instance.formats.grid import address, letters
from optimizer.instance.formats.names import folded
from tests.support.factories import instance, project
from tests.support.profiles import examples
from tests.support.rich_instance import rich
from tests.support.spreadsheets import as_ods, as_saved, column, edited, with_formulas, with_parts
from tests.support.strategies import instances

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

FILES = Path(__file__).parents[1] / "files"
TINY = Path("instances/tiny")


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """The workbook of a small valid instance with four projects."""
    plants = [project(name, capex_musd=number) for number, name in enumerate("abcd", 10)]
    save(instance(*plants), tmp_path / "tiny.xlsx")
    return tmp_path / "tiny.xlsx"


def faults(path: Path) -> list[str]:
    """What `load` complains about."""
    with pytest.raises(InvalidInstance) as caught:
        load(path)
    return [str(fault) for fault in caught.value.faults]


def warnings(path: Path) -> list[str]:
    """The warnings about files and sheets of a valid instance."""
    found = examine(path)
    assert found.instance is not None, found.faults
    return [str(fault) for fault in found.faults if "not used anywhere" not in fault.message]


@pytest.mark.parametrize("name", ["budget.xlsx", "budget.xlsm", "budget.ods"])
def test_what_libreoffice_saved_is_read_with_the_results_of_its_formulas(name: str) -> None:
    assert load(FILES / name).content_hash == as_saved().content_hash


def test_every_cell_of_a_workbook_may_be_a_formula(tmp_path: Path) -> None:
    save(rich(), tmp_path / "a.xlsx")
    assert load(with_formulas(tmp_path / "a.xlsx")).content_hash == rich().content_hash


@settings(max_examples=examples(15), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=instances())
def test_any_instance_survives_workbooks_of_every_sort(tmp_path: Path, made: Instance) -> None:
    save(made, tmp_path / "a.xlsx")
    assert load(tmp_path / "a.xlsx").content_hash == made.content_hash
    as_ods(tmp_path / "a.xlsx", tmp_path / "a.ods")
    assert load(tmp_path / "a.ods").content_hash == made.content_hash
    with_formulas(tmp_path / "a.xlsx").rename(tmp_path / "a.xlsm")
    assert load(tmp_path / "a.xlsm").content_hash == made.content_hash


def test_the_rich_instance_survives_opendocument(tmp_path: Path) -> None:
    save(rich(), tmp_path / "a.xlsx")
    as_ods(tmp_path / "a.xlsx", tmp_path / "a.ods")
    assert load(tmp_path / "a.ods").content_hash == rich().content_hash


def test_a_formula_without_a_result_is_one_fault_and_causes_no_other(workbook: Path) -> None:
    """The quantity is required, and recipes name the project: neither is said to be missing."""

    def change(book: openpyxl.Workbook) -> None:
        for sheet, name, row in (("demand", "demand_t_per_year", 2), ("projects", "id", 3)):
            book[sheet][f"{column(book[sheet], name)}{row}"] = "=1+1"

    found = faults(edited(workbook, change))
    assert [fault.partition(" holds a formula;")[0] for fault in found] == [
        "tiny.xlsx sheet demand row 2, demand_t_per_year (demand!F2):",
        "tiny.xlsx sheet projects row 3, id (projects!D3):",
    ]


def test_a_setting_without_a_result_is_one_fault(workbook: Path) -> None:
    def change(book: openpyxl.Workbook) -> None:
        sheet = book["settings"]
        row = next(cell.row for cell in sheet["A"] if cell.value == "first_year")
        sheet.cell(row, 2).value = "=2000+30"

    (found,) = faults(edited(workbook, change))
    assert found.startswith("tiny.xlsx sheet settings row 5, first_year (settings!B5): holds a for")


def test_shared_and_matrix_formulas_errors_and_empty_texts(workbook: Path) -> None:
    """Each by the XML that spreadsheet programs write."""
    cells = {
        "capex_musd": '<c r="{0}" t="n"><f t="shared" si="0"/><v>27</v></c>',
        "note": '<c r="{0}" t="str"><f>IF(1,"","x")</f><v></v></c>',
        "offtake_share": '<c r="{0}"><f t="array" ref="{0}">1/4</f><v>0.25</v></c>',
        "certified": '<c r="{0}" t="b"><f>TRUE()</f><v>1</v></c>',
        "strategic_value": '<c r="{0}" t="e"><f>1/0</f><v>#DIV/0!</v></c>',
        "name": '<c r="{0}" t="str"><f>"a"&amp;"b"</f><v>ab</v></c>',
    }
    known = list(columns(Instance.tables()["projects"]))
    new = {f"{letters(known.index(name))}3": text for name, text in cells.items()}

    position = openpyxl.load_workbook(workbook).sheetnames.index("projects") + 1

    def change(name: str, content: bytes) -> bytes:
        if name != f"xl/worksheets/sheet{position}.xml":
            return content
        begin, row, end = re.split(r'(?s)(<row r="3".*?</row>)', content.decode())
        for place, cell in new.items():
            row = re.sub(rf'<c r="{place}"[^>]*?(/>|>.*?</c>)', "", row)
            row = row.replace("</row>", cell.format(place) + "</row>")
        return (begin + row + end).encode()

    (found,) = faults(with_parts(workbook, change))
    assert "strategic_value" in found
    assert "holds the error #DIV/0!" in found
    fixed = cells["strategic_value"].replace(' t="e"', "").replace("#DIV/0!", "3")
    new[next(place for place, cell in new.items() if "DIV" in cell)] = fixed
    plant = load(with_parts(workbook, change)).projects[1]
    assert (plant.capex_musd, plant.note, plant.offtake_share) == (27, "", 0.25)
    assert (plant.certified, plant.strategic_value, plant.name) == (True, 3, "ab")


def test_results_that_were_never_calculated_are_told(workbook: Path, tmp_path: Path) -> None:
    """XlsxWriter writes 0 for every formula, and asks to be calculated anew."""
    book = openpyxl.load_workbook(workbook)
    with xlsxwriter.Workbook(tmp_path / "new.xlsx") as target:
        for sheet in book.worksheets:
            new = target.add_worksheet(sheet.title)
            capex = sheet.title == "projects" and column(sheet, "capex_musd")
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.row > 1 and cell.column_letter == capex:
                        new.write_formula(cell.row - 1, cell.column - 1, "=5+5")
                    elif cell.value is not None:
                        new.write(cell.row - 1, cell.column - 1, cell.value)
    (found,) = [text for text in warnings(tmp_path / "new.xlsx") if "formulas" in text]
    assert found.startswith("new.xlsx sheet projects: 4 formulas (O2, O3, O4 and 1 more) have the")


def test_the_size_that_a_sheet_declares_is_not_believed(workbook: Path) -> None:
    before = load(workbook).content_hash
    with_parts(
        workbook,
        lambda _, content: re.sub(rb'<dimension ref="[^"]*"/>', b'<dimension ref="A1"/>', content),
    )
    assert load(workbook).content_hash == before
    with_parts(workbook, lambda _, content: content.replace(b'<dimension ref="A1"/>', b""))
    assert load(workbook).content_hash == before


def test_cells_with_a_format_alone_cost_nothing(
    workbook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where reading is bounded by what is declared or formatted, these are 17 thousand million."""

    def change(book: openpyxl.Workbook) -> None:
        for sheet in book.worksheets:
            for row in (1_048_000, 1_048_576):
                sheet.cell(row, 16_384).number_format = "0.00"
        for row in range(10, 40):
            for place in range(1, 60):
                book["zones"].cell(row, place).number_format = "0.00"

    read, reading = [], excel.Parser.parse_cell

    def counted(parser: excel.Parser, cell: Any) -> dict[str, Any]:
        read.append(cell)
        return reading(parser, cell)

    monkeypatch.setattr(excel.Parser, "parse_cell", counted)
    before, count = load(workbook), len(read)
    read.clear()
    assert load(edited(workbook, change)) == before
    assert len(read) == count

    for sheet in excel.sheets(workbook):
        assert len(sheet.rows) < 100
        assert all(len(cells) < 100 for _, cells in sheet.rows)


def with_row(path: Path, row: str) -> Path:
    """An OpenDocument spreadsheet with a row more at the end of the sheet of zones."""
    return with_parts(
        path,
        lambda name, content: (
            re.sub(
                rb'(?s)(<table:table table:name="zones">.*?)(</table:table>)',
                lambda found: found[1] + row.encode() + found[2],
                content,
            )
            if name == "content.xml"
            else content
        ),
    )


@pytest.mark.parametrize(
    ("rows", "cells", "limit"),
    [(1_048_576, 1, "200,000 rows"), (1_048_576, 16_384, "10,000,000 cells")],
)
def test_repeated_cells_of_opendocument_are_bounded(
    tmp_path: Path, workbook: Path, rows: int, cells: int, limit: str
) -> None:
    as_ods(workbook, tmp_path / "a.ods")
    row = (
        f'<table:table-row table:number-rows-repeated="{rows}"><table:table-cell '
        f'office:value-type="string" table:number-columns-repeated="{cells}">'
        "<text:p>x</text:p></table:table-cell></table:table-row>"
    )
    with_row(tmp_path / "a.ods", row)
    zones = next(one for one in opendocument.sheets(tmp_path / "a.ods") if one.name == "zones")
    assert len(zones.rows) <= limits.ROWS + 2
    assert zones.cells <= limits.CELLS + 16_384
    assert len({id(held) for _, held in zones.rows}) < 10
    (found,) = faults(tmp_path / "a.ods")
    assert f"sheet zones: has more than {limit}" in found


def merge(sheet: Worksheet, name: str, first: int, last: int, wide: int = 0) -> None:
    left = column(sheet, name)
    right = letters(openpyxl.utils.column_index_from_string(left) - 1 + wide)
    sheet.merge_cells(f"{left}{first}:{right}{last}")


@pytest.mark.parametrize(
    ("name", "first", "last", "wide"),
    [("capex_musd", 2, 5, 0), ("country", 3, 4, 0), ("id", 2, 2, 1), ("capex_musd", 4, 5, 2)],
)
def test_merged_cells_are_one_fault_each(
    workbook: Path, name: str, first: int, last: int, wide: int
) -> None:
    edited(workbook, lambda book: merge(book["projects"], name, first, last, wide))
    (found,) = faults(workbook)
    left = column(openpyxl.load_workbook(workbook)["projects"], name)
    assert f"{name} (projects!{left}{first}): the cells {left}{first}:" in found
    assert "are merged" in found


def test_merged_cells_of_the_heading_the_settings_and_opendocument(workbook: Path) -> None:
    edited(workbook, lambda book: merge(book["zones"], "id", 1, 1, 1))
    assert "of the heading are merged" in " ".join(faults(workbook))
    edited(workbook, lambda book: book["zones"].unmerge_cells("D1:E1"))
    edited(workbook, lambda book: book["settings"].merge_cells("B5:B7"))
    assert "sheet settings row 5, value (settings!B5): the cells B5:B7" in faults(workbook)[0]
    assert "projects!O2): the cells O2:O5 are merged" in faults(FILES / "merged-capex.ods")[0]


def test_merged_cells_that_hold_nothing_or_are_not_read_are_no_fault(workbook: Path) -> None:
    before = load(workbook)

    def change(book: openpyxl.Workbook) -> None:
        merge(book["projects"], "note", 2, 4)
        sheet = book["zones"]
        sheet["H1"], sheet["H2"] = "_why", "because"
        sheet.merge_cells("H2:J3")
        notes = book.create_sheet("_notes")
        notes["A1"] = "These are our zones"
        notes.merge_cells("A1:F3")

    assert load(edited(workbook, change)) == before


def test_a_title_above_the_heading_is_one_fault(workbook: Path) -> None:
    for count in (1, 2):

        def change(book: openpyxl.Workbook) -> None:
            book["projects"].insert_rows(1)
            book["projects"]["A1"] = "Our projects, draft of May"

        rest = "row 1" if count == 1 else "rows 1 to 2"
        assert faults(edited(workbook, change)) == [
            f"tiny.xlsx sheet projects row 1: the heading is in row {count + 1}; it must be the "
            f"first row: delete {rest}"
        ]


def test_a_title_above_the_settings_and_a_missing_heading(workbook: Path) -> None:
    def change(book: openpyxl.Workbook) -> None:
        book["settings"].insert_rows(1)
        book["settings"]["A1"] = "Settings of the draft"
        book["zones"].delete_rows(1)

    found = faults(edited(workbook, change))
    assert [text.split(": ")[0] for text in found] == [
        "tiny.xlsx sheet settings row 1",
        "tiny.xlsx sheet zones row 1",
    ]
    assert "the heading is in row 2" in found[0]
    assert "this row names no column of the table" in found[1]


def test_blank_rows_above_the_heading_do_no_harm(workbook: Path) -> None:
    before = load(workbook)
    edited(workbook, lambda book: book["projects"].insert_rows(1, 3))
    assert load(workbook) == before
    edited(workbook, lambda book: book["projects"].insert_rows(6, 2))
    assert load(workbook) == before


def test_headings_and_sheet_names_may_be_prettified(workbook: Path) -> None:
    before = load(workbook)

    def change(book: openpyxl.Workbook) -> None:
        for sheet in book.worksheets:
            for cell in sheet[1]:
                cell.value = str(cell.value).replace("_", " ").title()
            for cell in sheet["A"] if sheet.title == "settings" else ():
                cell.value = str(cell.value).replace("_", " ").capitalize()
                if "weights" in cell.value:
                    cell.value = "objective.weights.expected_cost"
            sheet.title = f"-{sheet.title}-"  # openpyxl takes names in capitals for equal.
            sheet.title = sheet.title.strip("-").replace("_", " ").title()
        sheet = book["Projects"]
        sheet[f"{column(sheet, 'Capex Musd')}1"] = "Capex (M USD)"

    assert load(edited(workbook, change)) == before


@given(st.sampled_from(sorted(Instance.tables())), st.data())
def test_no_two_columns_of_a_table_are_written_alike(table: str, data: st.DataObject) -> None:
    names = list(columns(Instance.tables()[table]))
    assert len({folded(name) for name in names}) == len(names)
    name = data.draw(st.sampled_from(names))
    sign = data.draw(st.sampled_from(["-", " ", "  ", " - ", "\u00a0", "/"]))
    assert folded(name.replace("_", sign).upper()) == folded(name)


@pytest.mark.parametrize(
    "name",
    ["project", "projects 2026", "Projects (final)", "Copy of projects", "projcts", "Projets"],
)
def test_a_renamed_sheet_is_one_fault(workbook: Path, name: str) -> None:
    def change(book: openpyxl.Workbook) -> None:
        book["projects"].title = name

    assert faults(edited(workbook, change)) == [
        f"tiny.xlsx sheet {name}: the sheet '{name}' is no table of an instance (did you mean "
        "projects?): rename it, or begin its name with '_' if it is not to be read"
    ]


def test_other_sheets_are_told_and_remarks_are_not(workbook: Path) -> None:
    def change(book: openpyxl.Workbook) -> None:
        book.create_sheet("Summary")["A1"] = "our summary"
        book.create_sheet("empty")
        book.create_sheet("_projects of last year")["A1"] = "x"

    assert warnings(edited(workbook, change)) == [
        "tiny.xlsx sheet Summary: the sheet 'Summary' is no table of an instance and is not read"
    ]


def test_a_sheet_that_is_nearly_a_table_is_one_fault_wherever_it_stands(workbook: Path) -> None:
    edited(workbook, lambda book: book.create_sheet("project", 0))
    assert len(faults(workbook)) == 1
    edited(workbook, lambda book: book.create_sheet("zones 2026"))
    assert len(faults(workbook)) == 2


def test_two_sheets_of_one_table_are_a_fault(workbook: Path) -> None:
    edited(workbook, lambda book: book.create_sheet("Supply Limits"))
    assert faults(workbook) == [
        "tiny.xlsx sheet Supply Limits: the sheets 'supply_limits' and 'Supply Limits' are both "
        "supply_limits: keep one"
    ]


def test_remark_columns_are_not_read_and_told_where_they_have_no_heading(workbook: Path) -> None:
    before = load(workbook)

    def change(book: openpyxl.Workbook) -> None:
        sheet = book["zones"]
        sheet["G1"], sheet["G2"] = "_who", "=1/0"
        sheet["I2"], sheet["I3"] = "a remark", 7
        book["settings"]["D4"] = "why?"

    assert load(edited(workbook, change)) == before
    assert warnings(workbook) == [
        "tiny.xlsx sheet settings row 4 (settings!D4): column D has no heading: its 1 cell is taken"
        " for remarks and not read; begin its heading with '_' to say so",
        "tiny.xlsx sheet zones row 2 (zones!I2): column I has no heading: its 2 cells are taken for"
        " remarks and not read; begin its heading with '_' to say so",
    ]


def test_nothing_of_the_settings_is_dropped(workbook: Path) -> None:
    def change(book: openpyxl.Workbook) -> None:
        sheet = book["settings"]
        sheet["C1"], sheet["C5"] = "value 2", 2040
        sheet.append([None, 7])

    assert [text.split(" (known")[0] for text in faults(edited(workbook, change))] == [
        "tiny.xlsx sheet settings row 1, value 2 (settings!C1): there is no such column (did you "
        "mean value?)",
    ]
    edited(workbook, lambda book: book["settings"].delete_cols(3))
    assert faults(workbook) == [
        "tiny.xlsx sheet settings row 18 (settings!B18): a value without a field"
    ]


def test_charts_are_passed_over(workbook: Path) -> None:
    before = load(workbook)
    assert load(edited(workbook, lambda book: book.create_chartsheet("Chart"))) == before


def test_a_removed_sheet_is_one_fault(workbook: Path) -> None:
    edited(workbook, lambda book: book.remove(book["projects"]))
    assert faults(workbook) == [
        "tiny.xlsx sheet projects: the table has no rows, but 8 rows of others name 4 of it: 'a', "
        "'b', 'c' and 1 more; is it missing, or under another name?"
    ]


@pytest.mark.parametrize(
    "cells",
    [{"D": "Total", "O": 81}, {"A": "All figures in M$"}, {"D": "text", "M": "t/y", "O": "M USD"}],
)
def test_a_total_a_note_or_units_below_are_one_fault(
    workbook: Path, cells: dict[str, object]
) -> None:
    def change(book: openpyxl.Workbook) -> None:
        for letter, value in cells.items():
            book["projects"][f"{letter}8"] = value

    (found,) = faults(edited(workbook, change))
    assert found.startswith("tiny.xlsx sheet projects row 8: is no whole row: ")


def test_a_second_block_of_rows_is_a_fault(workbook: Path) -> None:
    def change(book: openpyxl.Workbook) -> None:
        sheet = book["zones"]
        for position, cell in enumerate(sheet[1], 1):
            sheet.cell(8, position).value = cell.value

    assert faults(edited(workbook, change)) == [
        "tiny.xlsx sheet zones row 8: the heading occurs again: keep one block of rows in a table, "
        "and delete this"
    ]


def test_dates_in_place_of_numbers_and_names(workbook: Path) -> None:
    date = datetime.date(2030, 3, 1)

    def change(book: openpyxl.Workbook) -> None:
        sheet = book["projects"]
        for name in ("note", "capex_musd", "id"):
            sheet[f"{column(sheet, name)}3"] = date

    found = faults(edited(workbook, change))
    assert ["is a date or time" in text for text in found] == [True, True]

    def mend(book: openpyxl.Workbook) -> None:
        for place, value in (("D3", "b"), ("O3", 11)):
            book["projects"][place] = value
            book["projects"][place].number_format = "General"

    edited(workbook, mend)
    assert load(workbook).projects[1].note == "2030-03-01"


def test_texts_that_are_numbers_or_truth_values(workbook: Path) -> None:
    def change(book: openpyxl.Workbook) -> None:
        sheet = book["projects"]
        for row, (number, truth) in enumerate(
            (("27", "TRUE"), (" 27.0 ", "yes"), ("2.7e1", "1")), 2
        ):
            sheet[f"{column(sheet, 'capex_musd')}{row}"] = number
            sheet[f"{column(sheet, 'certified')}{row}"] = truth

    plants = load(edited(workbook, change)).projects
    assert [plant.capex_musd for plant in plants[:3]] == [27, 27, 27]
    assert [plant.certified for plant in plants[:3]] == [True, True, True]


def test_old_encrypted_and_strict_workbooks_are_refused_with_advice(
    workbook: Path, tmp_path: Path
) -> None:
    (tmp_path / "old.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500))
    assert "has a password; save it as .xlsx without one" in faults(tmp_path / "old.xlsx")[0]
    old = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    new = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
    with_parts(workbook, lambda _, content: content.replace(old, new))
    assert "save it as 'Excel Workbook (.xlsx)'" in faults(workbook)[0]
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("META-INF/manifest.xml", "<manifest:encryption-data/>")
    assert "is encrypted; save it without a password" in faults(tmp_path / "a.ods")[0]
    shutil.copy(tmp_path / "old.xlsx", tmp_path / "b.xlsb")
    assert faults(tmp_path / "b.xlsb")[0].endswith("; save it as .xlsx")


@pytest.mark.parametrize(
    "content",
    [
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "ha">'
        + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
        + "]><a>&l11;</a>",
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        "<a>" * 10_000,
        "\0" * 1_000,
        "",
    ],
)
def test_a_hostile_opendocument_is_refused(tmp_path: Path, content: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)
    (found,) = faults(tmp_path / "a.ods")
    assert found.startswith("a.ods: is not a spreadsheet that can be read")


def test_what_a_workbook_holds_counts_and_not_its_ending(tmp_path: Path) -> None:
    shutil.copy(FILES / "budget.ods", tmp_path / "a.xlsx")
    shutil.copy(FILES / "budget.xlsm", tmp_path / "b.ods")
    for name in ("a.xlsx", "b.ods"):
        assert load(tmp_path / name).content_hash == as_saved().content_hash


def test_a_written_workbook_has_every_sheet_with_units_and_choices(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    assert [name for name in book.sheetnames if not name.startswith("_")] == [
        "settings",
        *Instance.tables(),
    ]
    for name, record in Instance.tables().items():
        sheet, known = book[name], columns(record)
        assert [cell.value for cell in sheet[1]] == list(known)
        chosen = {
            str(area).split("2:")[0]
            for rule in sheet.data_validations.dataValidation
            for area in rule.sqref.ranges
        }
        for cell, one in zip(sheet[1], known.values(), strict=True):
            assert cell.comment is not None
            assert one.unit in cell.comment.text
            assert one.meaning in cell.comment.text
            is_choice = not one.many and one.kind in ("choice", "boolean")
            assert (cell.column_letter in chosen) == is_choice, (name, one.name)


def test_every_list_of_choices_holds_the_choices(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    for name, record in Instance.tables().items():
        rules = book[name].data_validations.dataValidation
        wanted = [
            [*one.choices] or ["TRUE", "FALSE"]
            for one in columns(record).values()
            if not one.many and one.kind in ("choice", "boolean")
        ]
        found = []
        for rule in rules:
            if rule.formula1.startswith('"'):
                found.append(rule.formula1.strip('"').split(","))
            else:
                place = rule.formula1.replace("$", "").partition("!")[2]
                found.append([cell.value for (cell,) in book["_choices"][place]])
        assert found == wanted


def test_brackets_in_the_name_of_a_file_do_no_harm(workbook: Path) -> None:
    """As browsers name what is downloaded twice."""
    known = load(workbook)
    for name in ("draft[1].xlsx", "draft[1].json", "draft[x.json", "draft[1]"):
        path = workbook.with_name(name)
        save(known.model_copy(update={"zones": known.zones[:1]}), path)
        place = {".xlsx": f"{name} sheet ", ".json": f"{name} "}.get(path.suffix, "")
        assert any(text.startswith(f"{place}zones") for text in faults(path)), faults(path)
        assert grouped(examine(path).faults)


def test_equal_faults_of_a_workbook_are_one_line(workbook: Path) -> None:
    def change(book: openpyxl.Workbook) -> None:
        sheet = book["projects"]
        for row in range(2, 6):
            sheet[f"{column(sheet, 'country')}{row}"] = "Chile"

    with pytest.raises(InvalidInstance) as caught:
        load(edited(workbook, change))
    (line,) = grouped(caught.value.faults)
    assert line.startswith("tiny.xlsx sheet projects rows 2–5, country (from projects!G2): 'Chile'")


def test_addresses() -> None:
    assert [letters(number) for number in (0, 25, 26, 701, 702, 16_383)] == [
        *("A", "Z", "AA", "ZZ", "AAA", "XFD"),
    ]
    assert address("Jo's 2026", "K", 30) == "'Jo''s 2026'!K30"

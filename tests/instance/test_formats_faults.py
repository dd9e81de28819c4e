"""Every fault of a file is told at once, at its file, row and column."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.errors import InvalidInstance
from optimizer.instance.formats import examine, limits, load, save
from optimizer.instance.formats.assembly import examine_source
from optimizer.instance.formats.cells import from_csv
from optimizer.instance.formats.document import source_of
from tests.support.factories import instance, project
from tests.support.profiles import examples
from tests.support.rich_instance import rich

if TYPE_CHECKING:
    from pathlib import Path

    from optimizer.instance.formats.columns import Column


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a small valid instance."""
    save(instance(project("salar", capex_musd=80), project("brine")), tmp_path / "tiny")
    return tmp_path / "tiny"


def faults(path: Path) -> list[str]:
    """What `load` complains about."""
    with pytest.raises(InvalidInstance) as caught:
        load(path)
    return [str(fault) for fault in caught.value.faults]


def edit(folder: Path, table: str, row: int, **values: str) -> None:
    """Change cells of a CSV table; rows count as in a spreadsheet."""
    path = folder / f"{table}.csv"
    lines = [line.split(",") for line in path.read_text().splitlines()]
    for name, value in values.items():
        lines[row - 1][lines[0].index(name)] = value
    path.write_text("\n".join(",".join(line) for line in lines) + "\n")


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("country", "Chile", "'Chile' is not an ISO 3166-1 alpha-3 code (did you mean CHL?)"),
        ("country", "au", "'au' is not an ISO 3166-1 alpha-3 code (did you mean AUS?)"),
        ("country", "Russia", "'Russia' is not an ISO 3166-1 alpha-3 code (did you mean RUS?)"),
        ("country", "Congo", "'Congo' is not an ISO 3166-1 alpha-3 code (did you mean COD or"
         " COG?)"),
        ("country", "Atlantis", "'Atlantis' is not an ISO 3166-1 alpha-3 code"),
        ("country", "Germny", "'Germny' is not an ISO 3166-1 alpha-3 code (did you mean DEU?)"),
        ("capex_musd", '"1;5"', "'1;5' is text, not a number"),
        ("capex_musd", "", "is empty, and a candidate without a building cost would be free: write"
         " what it costs, or 0 if it really costs nothing"),
        ("strategic_value", "", None),
        ("capacity_t_per_year", "", "is empty, but must be filled"),
        ("capacity_t_per_year", "lots", "'lots' is text, not a number"),
        ("capacity_t_per_year", "1 000", "'1 000' has a separator in the number; write 1000 without"
         " separators"),
        ("capacity_t_per_year", "n/a", "'n/a' is not a number; the column must be filled: write the"
         " best estimate"),
        ("host_benefit_share", "n/a", "'n/a' is not a number; leave the cell empty where nothing is"
         " known"),
        ("capex_musd", "n/a", "'n/a' is not a number; write the best estimate: a candidate without"
         " a building cost would be free"),
        ("success_probability", "-", "'-' is not a number; write the best estimate: an empty cell"
         " is read as 1.0"),
        ("capacity_t_per_year", "inf", "'inf' is not a finite number; the column must be filled:"
         " write the best estimate"),
        ("capacity_t_per_year", "-5", "-5 is negative; it must be 0 to 10,000,000,000 tonnes per"
         " year"),
        ("capacity_t_per_year", "1e15", "1e+15 is too large; it must be 0 to 10,000,000,000 tonnes"
         " per year: a slip of unit?"),
        ("offtake_share", "40", "40 is above 1; it must be 0 to 1 share (40 % is 0.4)"),
        ("offtake_share", "40%", "'40%' is not a number; write 40 % as 0.4"),
        ("latitude", "-91", "-91 is too small; it must be -90 to 90"),
        ("build_years", "2.5", "'2.5' is not a whole number"),
        ("build_years", "two", "'two' is text, not a whole number"),
        ("life_years", "0", "0 is too small; it must be 1 to 100"),
        ("certified", "perhaps", "'perhaps' is neither true nor false"),
        ("status", "Operating", "'Operating' is not allowed; write candidate, committed or"
         " operating (did you mean operating?)"),
        ("id", "my mine", "'my mine' is not an identifier: up to 64 letters, digits, '_', '.' and"
         " '-', beginning with a letter or digit"),
        ("name", "a\x01b", "holds a control character, which is no text"),
        ("name", "x" * 2001, "has 2,001 characters; at most 2,000"),
        ("ramp", "0.5;;1", "one of its values is empty"),
        ("instruments", "grant;", "one of its names is empty"),
    ],
)  # fmt: skip
def test_a_wrong_cell(folder: Path, column: str, value: str, message: str | None) -> None:
    edit(folder, "projects", 3, **{column: value})
    edit(
        folder,
        "projects",
        3,
        **({} if column == "id" else {"name": "x"} if column != "name" else {}),
    )
    if message is None:
        assert load(folder).projects[1].strategic_value == 0
    else:
        assert f"projects.csv row 3, {column}: {message}" in faults(folder)


def test_a_decimal_comma(folder: Path) -> None:
    edit(folder, "projects", 2, capex_musd='"1#5"', capacity_t_per_year='"1#000"')
    path = folder / "projects.csv"
    path.write_text(path.read_text().replace("#", ","))
    found = faults(folder)
    assert "projects.csv row 2, capex_musd: '1,5' has a decimal comma; write 1.5" in found
    assert (
        "projects.csv row 2, capacity_t_per_year: '1,000' has a separator in the number; write 1000"
        " without separators, or 1.000 if the comma is a decimal comma" in found
    )


def test_all_faults_are_told_at_once_in_the_order_of_the_tables(folder: Path) -> None:
    """Row faults of several tables, and faults across records that can still be judged."""
    edit(folder, "projects", 2, country="Chile")
    edit(folder, "projects", 3, capacity_t_per_year="x")
    edit(folder, "recipes", 2, project="brin")
    edit(folder, "suppliers", 2, country="JPN")
    edit(folder, "tranches", 2, share="0.9")
    text = (folder / "instance.toml").read_text()
    (folder / "instance.toml").write_text(text.replace("discount_rate = 0.0", "discount_rate = 7"))
    assert faults(folder) == [
        "instance.toml, discount_rate: 7 is too large; it must be 0 to 0.5 share per year, real",
        "suppliers.csv row 2, country: 'JPN' is not in the table countries (known: AUS, CHN)",
        "tranches.csv row 2, share: the shares of segment 'motors' sum to 0.9, not 1",
        "projects.csv row 2, country: 'Chile' is not an ISO 3166-1 alpha-3 code "
        "(did you mean CHL?)",
        "projects.csv row 3, capacity_t_per_year: 'x' is text, not a number",
        "recipes.csv row 2, project: 'brin' is not in the table projects (did you mean brine?)",
        "recipes.csv row 2, recipe: has no output in the table ingredients",
    ]


def test_a_refused_row_causes_no_faults_elsewhere(folder: Path) -> None:
    """Project brine is wrong, but recipes may still name it."""
    edit(folder, "projects", 2, capex_musd="x")
    assert faults(folder) == ["projects.csv row 2, capex_musd: 'x' is text, not a number"]


def test_duplicate_keys_are_told_at_the_later_row(folder: Path) -> None:
    edit(folder, "demand", 3, year="2030")
    assert faults(folder) == [
        "demand.csv, year: segment 'motors' has no row for 2031; state 0 where it wants nothing",
        "demand.csv row 3, segment: another row has the same segment, year 'motors/2030'; a key "
        "must be unique",
    ]


def test_columns(folder: Path) -> None:
    path = folder / "zones.csv"
    path.write_text("source,qualty,id,id,\nx,assumed,home,home,\nx,assumed,abroad,abroad,\n")
    (folder / "prices.csv").write_text("material,price_usd_per_t\noxide,1\nore,x\n")
    assert faults(folder) == [
        "zones.csv row 1, id: the column occurs more than once",
        "zones.csv row 1, qualty: there is no such column (did you mean quality?)",
        "prices.csv row 1, year: the required column is missing",
        "prices.csv row 3, price_usd_per_t: 'x' is text, not a number",
    ]


def test_rows_of_the_wrong_length(folder: Path) -> None:
    (folder / "zones.csv").write_text("id,,name\nhome,,x\nabroad\nfar,,x,y\n")
    assert faults(folder) == [
        "zones.csv row 3: has 1 cells, but the header has 3: a comma missing?",
        "zones.csv row 4: has 4 cells, but the header has 3: a comma too many?",
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty, not even a header; delete it or fill it"),
        (b"id,name\nhome,Caf\xe9\n", "byte 16 is not UTF-8 text; save as UTF-8"),
        ("id\nhome\n".encode("utf-16"), "byte 0 is not UTF-8 text; save as UTF-8"),
        (b'id,name\nhome,"x\n', "cannot be read beyond line 2: unexpected end of data"),
    ],
)
def test_a_file_that_cannot_be_read(folder: Path, data: bytes, message: str) -> None:
    (folder / "zones.csv").write_bytes(data)
    assert faults(folder) == [f"zones.csv: {message}"]


def test_semicolons_between_columns(folder: Path) -> None:
    (folder / "zones.csv").write_text("id;name\nhome;x\n")
    message = "the header is separated by semicolons; save with commas"
    assert faults(folder) == [f"zones.csv row 1: {message}"]


def test_files_with_names_that_are_nearly_tables(folder: Path) -> None:
    (folder / "project.csv").write_text("id\n")
    message = "'project.csv' is no table of an instance (did you mean projects?)"
    assert faults(folder) == [f"project.csv: {message}"]


def test_settings_that_are_missing_or_wrong(folder: Path) -> None:
    settings = folder / "instance.toml"
    text = settings.read_text()
    settings.write_text(text + "[objectives]\n")
    assert faults(folder) == [
        "instance.toml, objectives: there is no such column (did you mean objective?)"
    ]
    settings.write_text(text.replace("[objective]", "[objective"))
    assert faults(folder)[0].startswith("instance.toml: is not valid TOML: ")
    settings.unlink()
    assert faults(folder) == [
        "instance.toml: the folder has no such file; it holds the settings of the instance"
    ]


def test_of_a_million_rows_no_more_are_read_than_a_table_may_have(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []

    def counted(column: Column, cell: object) -> object:
        read.append(cell)
        return from_csv(column, str(cell))

    monkeypatch.setattr("optimizer.instance.formats.folder.read_cell", counted)
    (folder / "zones.csv").write_text("id\n" + "z\n" * 1_000_000)
    assert faults(folder) == [
        "zones.csv: has more than 200,000 rows, the most that a table may have"
    ]
    assert limits.ROWS <= len(read) < limits.ROWS + 1_000


def test_many_faults_are_counted_after_the_first_thousand(folder: Path) -> None:
    (folder / "zones.csv").write_text("id\nhome\nabroad\n" + "a b\n" * 3_000)
    found = faults(folder)
    assert len(found) == 1_001
    assert "zones.csv: has 3,000 such faults; only the first 1,000 are listed" in found


def test_a_rule_lists_a_thousand_findings(folder: Path) -> None:
    lines = "".join(f"x{number},2030,1\n" for number in range(3_000))
    (folder / "contributions.csv").write_text("member,year,amount_musd\n" + lines)
    found = faults(folder)
    assert len(found) == 1_001
    assert "contributions.csv: there is more of this sort; only the first 1,000 are listed" in found


def test_large_files_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "FILE_BYTES", 2**20)
    (folder / "zones.csv").write_text("id\n" + "z" * 2**21)
    assert faults(folder) == ["zones.csv: the file has 2 MiB; at most 1 are read"]


def document(folder: Path) -> dict[str, Any]:
    """The JSON document of an instance."""
    save(load(folder), folder.parent / "tiny.json")
    found: dict[str, Any] = json.loads((folder.parent / "tiny.json").read_text())
    return found


def test_a_document_with_faults(folder: Path) -> None:
    wrong = document(folder)
    wrong["projects"][1] |= {"capex_musd": True, "strategic_value": float("nan"), "colour": "red"}
    wrong["project"] = []
    wrong["zones"].append(7)
    wrong["demand"][0]["year"] = 2030.5
    wrong["members"] = {}
    path = folder.parent / "tiny.json"
    path.write_text(json.dumps(wrong))
    assert sorted(faults(path)) == [
        "tiny.json demand[0], year: '2030.5' is not a whole number",
        "tiny.json members: is not a list of rows",
        "tiny.json projects[1], capex_musd: 'true' is text, not a number",
        "tiny.json projects[1], colour: there is no such column",
        "tiny.json projects[1], strategic_value: 'nan' is not a finite number; write the best"
        " estimate: an empty cell is read as 0.0",
        "tiny.json zones[2]: is not an object of fields",
        "tiny.json: 'project' is no table of an instance (did you mean projects?)",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "must be an object with settings and tables"),
        ("{", "is not valid JSON: Expecting property name enclosed in double quotes"),
        (
            '{"a": ' + "[" * 200 + "]" * 200 + "}",
            "is nested too deeply; an instance needs 6 levels",
        ),
        ("[" * 200_000, "is nested too deeply; an instance needs 6 levels"),
        ('{"settings": 1}', "is not an object"),
        ('{"zones": []}', "has no settings"),
        (
            '{"settings": {"id": "a", "id": "b"}}',
            "the key 'id' occurs more than once in one object",
        ),
        ('{"settings": {"id": ' + "9" * 5000 + "}}", "is not valid JSON: Exceeds the limit"),
    ],
)
def test_a_document_that_cannot_be_read(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    assert any(message in fault for fault in faults(path))


def test_absurd_numbers_in_a_document(folder: Path) -> None:
    wrong = document(folder)
    wrong["projects"][0] |= {"strategic_value": 10**400, "life_years": 10**30, "name": 10**40}
    path = folder.parent / "tiny.json"
    path.write_text(json.dumps(wrong))
    found = faults(path)
    assert [fault.split(": ")[0] for fault in found] == [
        "tiny.json projects[0], life_years",
        "tiny.json projects[0], strategic_value",
    ]
    assert found[1].endswith("is too large")


@pytest.fixture
def workbook(folder: Path) -> Path:
    """The workbook of a small valid instance."""
    path = folder.parent / "tiny.xlsx"
    save(load(folder), path)
    return path


def test_a_workbook_with_faults(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    book["zones"].cell(2, 4).value = "=1+1"
    book["zones"].cell(3, 4).value = "#REF!"
    book["zones"].cell(3, 4).data_type = "e"
    demand = book["demand"]
    header = [cell.value for cell in demand[1]]
    demand.cell(2, header.index("year") + 1).value = True
    book.create_sheet("project")
    book["settings"].append(["discount_rates", 1])
    book["settings"].append(["discount_rate", 1])
    book.save(workbook)
    found = faults(workbook)
    assert found == [
        "tiny.xlsx sheet project: the sheet 'project' is no table of an instance (did you mean"
        " projects?): rename it, or begin its name with '_' if it is not to be read",
        "tiny.xlsx sheet settings row 18, discount_rates (settings!B18): there is no such column"
        " (did you mean discount_rate?)",
        "tiny.xlsx sheet settings row 19, discount_rate (settings!B19): the field occurs more than"
        " once",
        "tiny.xlsx sheet settings row 19, discount_rate (settings!B19): 1 is too large; it must be"
        " 0 to 0.5 share per year, real",
        "tiny.xlsx sheet zones row 2, id (zones!D2): holds a formula; paste its value instead, or"
        " save the workbook in a spreadsheet program, which keeps the result with the formula",
        "tiny.xlsx sheet zones row 3, id (zones!D3): holds the error #REF!; paste its value"
        " instead",
        "tiny.xlsx sheet demand row 2, year (demand!E2): 'true' is text, not a whole number",
    ]


def test_faults_across_records_of_a_workbook(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    sheet = book["suppliers"]
    header = [cell.value for cell in sheet[1]]
    sheet.cell(2, header.index("country") + 1).value = "JPN"
    book.save(workbook)
    assert faults(workbook) == [
        "tiny.xlsx sheet suppliers row 2, country (suppliers!E2): 'JPN' is not in the table"
        " countries (known: AUS, CHN)"
    ]


def test_a_workbook_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"")
    assert "the file is empty" in faults(path)[0]
    path.write_bytes(b"not a zip")
    assert faults(path) == ["a.xlsx: is not a workbook; save it as .xlsx"]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "x")
    assert faults(path) == ["a.xlsx: is not a workbook that can be read; save it as .xlsx"]


def test_a_workbook_that_unzips_to_too_much(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"{number}.xml", bytes(100 * 2**20))
    assert faults(path) == ["a.xlsx: the workbook unzips to 300 MiB; at most 256 are read"]


def test_a_workbook_without_settings(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    del book["settings"]
    book.save(workbook)
    assert faults(workbook) == [
        "tiny.xlsx sheet settings: the workbook has no such sheet; it holds the settings (columns"
        " field, value)"
    ]


def test_formats_that_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.xls").write_text("x")
    assert faults(tmp_path / "a.xls") == [
        "a.xls: '.xls' is not a format of instances: a folder of CSV files, .json, .xlsx, .xlsm,"
        " .ods or .zip (of a folder); save it as .xlsx"
    ]


def test_examine_keeps_warnings_beside_errors(folder: Path) -> None:
    edit(folder, "suppliers", 2, country="JPN")
    found = examine(folder)
    assert found.instance is None
    assert {fault.level for fault in found.faults} == {"error", "warning"}


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**400, 10**30, -1, 0, 2030, 1.5, 1e308, float("nan"), float("inf")]),
    st.sampled_from(["", "x", "a b", "CHN", "home", "oxide", "salar", "1,5", "=1", "2030", "a;b"]),
    st.text(max_size=5),
    st.just([]),
    st.lists(st.one_of(st.floats(), st.text(max_size=3)), max_size=3),
    st.just({"a": {"b": 1}}),
)


@settings(max_examples=examples(150), suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_stands_in_a_document_is_read_or_refused(data: st.DataObject) -> None:
    """A few fields anywhere hold anything: an instance or faults come of it, nothing else."""
    document = json.loads(rich().model_dump_json())
    for _ in range(data.draw(st.integers(1, 3))):
        table = data.draw(st.sampled_from(sorted(document)))
        row = document[table]
        if isinstance(row, list):
            row = data.draw(st.sampled_from(row))
        row[data.draw(st.sampled_from(sorted(row)))] = data.draw(ANYTHING)
    found = examine_source(source_of(json.dumps(document), "any.json"))
    wrong = [fault for fault in found.faults if fault.level == "error"]
    assert (found.instance is None) == bool(wrong)
    assert all(str(fault) for fault in found.faults)

"""The catalogue: valid as committed, every fault told, searches, and what the command prints."""

from __future__ import annotations

import csv
import io
import re
import shlex
import shutil
from pathlib import Path

import pytest

from optimizer.catalogue import Catalogue
from optimizer.catalogue.facts import GRADES
from optimizer.catalogue.tables import BY_NAME, TABLES
from optimizer.cli.outcomes import Ending
from optimizer.errors import InvalidCatalogue, InvalidSearch
from tests.support.commands import ROOT, run

FOLDER = ROOT / "instances" / "catalogue"
PAGE = (ROOT / "docs" / "catalogue.md").read_text(encoding="utf-8")
LONGEST_NOTE = 180
"""Notes say what a user must know, in our words: longer ones would be passages of others."""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """The committed catalogue; that it loads is the test of its validity."""
    return Catalogue.load(FOLDER)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(FOLDER, tmp_path / "catalogue"))


def rows(text: str) -> list[dict[str, str]]:
    """Rows of a CSV text."""
    return list(csv.DictReader(io.StringIO(text)))


def spoil(file: Path, row: int, column: str, value: str) -> None:
    """Change one cell; the row as a spreadsheet counts it."""
    table = rows(file.read_text(encoding="utf-8"))
    table[row - 2][column] = value
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, list(table[0]))
        writer.writeheader()
        writer.writerows(table)


def faults(folder: Path) -> list[str]:
    """What loading a folder tells."""
    with pytest.raises(InvalidCatalogue) as told:
        Catalogue.load(folder)
    return [str(fault) for fault in told.value.faults]


# the committed tables


def test_every_file_is_a_table_and_every_table_a_file() -> None:
    assert {file.stem for file in FOLDER.glob("*.csv")} == set(BY_NAME)


def test_what_a_table_says_of_its_columns_is_there() -> None:
    for table in TABLES:
        known = table.columns()
        assert {*table.key, *table.shown} <= set(known), table.table
        assert {column.grade for column in known.values()} <= {"", *known}, table.table
        for column in known.values():
            assert not column.names or "id" in BY_NAME[column.names].columns(), column


def test_keys_name_one_row_each(catalogue: Catalogue) -> None:
    for table in TABLES:
        assert not catalogue.table(table.table).duplicated(list(table.key)).any(), table.table


def test_every_source_resolves_and_every_row_has_a_grade(catalogue: Catalogue) -> None:
    known = set(catalogue.sources["id"])
    for table in TABLES:
        frame = catalogue.table(table.table)
        if table.is_graded():
            assert set(frame["quality"]) <= set(GRADES), table.table
        if "source" in frame:
            named = {name for cell in frame["source"] for name in cell.split(";") if name}
            assert named <= known, table.table


def test_nothing_of_the_hidden_kinds_of_project_is_lost(catalogue: Catalogue) -> None:
    """Projects that replace a material, stockpiles, and plants of every stage are there."""
    stages = set(";".join(catalogue.projects["stage"]).split(";"))

    steps = {"extraction", "processing", "metal", "manufacturing", "recycling"}
    assert stages == steps | {"substitution"}
    assert len(catalogue.search(stage="substitution")) == 2
    assert len(catalogue.programmes) == 22
    assert {"X", "P", "S"} == set(catalogue.projects["id"].str[0])


def test_what_is_recalled_is_graded_as_assumed(catalogue: Catalogue) -> None:
    """Balama's capacity was read nowhere; a project known by memory alone is assumed."""
    projects = catalogue.projects.set_index("id")

    assert projects.loc["P070", "capacity_quality"] == "assumed"
    assert projects.loc["P048", "start_quality"] == "assumed"
    assert set(projects[projects["verification"] == "recalled"]["quality"]) == {"assumed"}
    recalled = catalogue.recycling[catalogue.recycling["note"].str.contains("not read")]
    assert set(recalled["quality"]) == {"assumed"}


def test_shares_computed_from_tonnes_are_derived(catalogue: Catalogue) -> None:
    """A row may print tonnes while the share beside them is computed here."""
    rows = catalogue.production
    both = rows[rows["share_pct"].notna() & rows["quantity"].notna()]

    assert len(both) > 300
    assert set(both["share_quality"]) == {"derived"}


def test_notes_are_short(catalogue: Catalogue) -> None:
    for table in TABLES:
        frame = catalogue.table(table.table)
        for name in {"note", "conditions", "effect", "target"} & set(frame):
            assert frame[name].str.len().max() <= LONGEST_NOTE, (table.table, name)


# faults


def test_every_fault_is_told_with_file_row_and_column(folder: Path) -> None:
    spoil(folder / "projects.csv", 2, "country", "Chile")
    spoil(folder / "projects.csv", 3, "stage", "extracton")
    spoil(folder / "prices.csv", 2, "price", "cheap")
    spoil(folder / "prices.csv", 3, "source", "usgs_mcs2025")
    spoil(folder / "demand.csv", 4, "quality", "guessed")
    spoil(folder / "demand.csv", 5, "year", "20300")
    spoil(folder / "esg.csv", 2, "metric", "")

    told = faults(folder)

    starts = (
        "projects.csv row 2, country: 'Chile' is not an ISO 3166-1 alpha-3 code (did you mean CHL?",
        "projects.csv row 3, stage: 'extracton' is not allowed; write extraction, ",
        "prices.csv row 2, price: 'cheap' is text, not a number",
        "prices.csv row 3, source: 'usgs_mcs2025' is not in sources.csv (did you mean usgs_mcs",
        "demand.csv row 4, quality: 'guessed' is not allowed; write reported, derived or assumed",
        "demand.csv row 5, year: 20300 is too large; it must be 1900 to 2200 year",
        "esg.csv row 2, metric: is empty, but must be filled",
    )
    for start in starts:
        assert sum(line.startswith(start) for line in told) == 1, start
    assert len(told) == len(starts)


def test_grades_references_and_keys_are_checked(folder: Path) -> None:
    spoil(folder / "projects.csv", 6, "capex_quality", "")
    spoil(folder / "projects.csv", 7, "source", "")
    spoil(folder / "projects.csv", 22, "alternative_of", "P999")
    spoil(folder / "project_products.csv", 3, "main", "yes")
    spoil(folder / "countries.csv", 3, "id", "AGO")

    told = faults(folder)

    assert "projects.csv row 6, capex_quality: capex_musd has no grade" in told
    assert "projects.csv row 7, source: a reported row must name its source" in told
    assert any(
        line.startswith("projects.csv row 22, alternative_of: 'P999' is not") for line in told
    )
    assert "project_products.csv row 3, main: P001 already has a row that is its size" in told
    assert "countries.csv row 3, id: another row has the same key: AGO" in told
    assert len(told) == 5


def test_files_and_columns_are_checked(folder: Path) -> None:
    (folder / "esg.csv").unlink()
    (folder / "prices.csv").write_text("material,serie\ngallium\n")
    (folder / "demand.csv").write_bytes(b"\xff\xfe")

    told = faults(folder)

    assert "esg.csv: this file of the catalogue is missing" in told
    assert "prices.csv row 1, series: the required column is missing" in told
    assert "prices.csv row 1, serie: there is no such column (did you mean series?)" in told
    assert "prices.csv row 2: has 1 cells, but the header has 2: a comma missing?" in told
    assert "demand.csv: byte 0 is not UTF-8 text; save as UTF-8" in told
    assert faults(folder / "nowhere") == [f"{folder / 'nowhere'}: there is no such folder"]


# searches


def test_a_search_fits_everything_that_is_asked(catalogue: Catalogue) -> None:
    found = catalogue.search(material="Lithium", stage="extraction", country="usa")

    assert set(found["id"]) == {"P055", "P056", "P063", "P110"}
    assert set(catalogue.search(material="lithium", status="operating")["id"]) == {"P105", "P109"}
    assert list(catalogue.search(text="rhyolite")["id"]) == ["P056"]


def test_a_family_finds_its_members(catalogue: Catalogue) -> None:
    """Prices of dysprosium are those of its oxide and metal; magnets are rare earths too."""
    prices = set(catalogue.search("prices", material="dysprosium")["material"])
    family = set(catalogue.search(material="rare earths")["material"])

    assert prices == {"dysprosium_oxide", "dysprosium_metal"}
    assert {"NdPr", "DyTb", "NdFeB_magnets", "rare_earths_total"} <= family
    assert "lithium" not in family


def test_a_plant_of_two_steps_is_found_by_each(catalogue: Catalogue) -> None:
    for stage in ("extraction", "processing"):
        assert "P001" in set(catalogue.search(stage=stage)["id"])


def test_what_is_unknown_is_refused_with_a_suggestion(catalogue: Catalogue) -> None:
    asked = (
        ({"material": "litium"}, "did you mean lithium"),
        ({"stage": "procesing"}, "did you mean processing"),
        ({"country": "Chile"}, "did you mean CHL"),
        ({"status": "opperating"}, "did you mean operating"),
        ({"table": "price"}, "did you mean prices"),
        ({"table": "prices", "stage": "metal"}, "cannot be searched by stage, only by material"),
    )
    for words, message in asked:
        with pytest.raises(InvalidSearch, match=message):
            catalogue.search(**words)


# the command


def test_without_a_table_the_command_counts(catalogue: Catalogue) -> None:
    answer = run("catalogue", "--folder", FOLDER)
    fewer = run("catalogue", "--folder", FOLDER, "--stage", "metal")

    assert answer.exit_code == Ending.DONE
    for table in TABLES:
        count = f"{len(catalogue.table(table.table)):,}"
        assert re.search(rf"^{table.table} +{count} ", answer.stdout, re.MULTILINE), table.table
    assert re.search(r"^projects +\d ", fewer.stdout, re.MULTILINE)
    assert "prices" not in fewer.stdout.replace("price peaks", "")


def test_figures_that_are_not_printed_are_marked() -> None:
    """Rhyolite Ridge: cost summed by us, start assumed; a price spike of nickel: recalled."""
    projects = run("catalogue", "projects", "--folder", FOLDER, "--text", "Rhyolite").stdout
    nickel = run("catalogue", "disruptions", "--folder", FOLDER, "--country", "WLD").stdout

    assert "1,683*" in projects
    assert "2028 (assumed)" in projects
    assert "capex M$" in projects
    assert "1 (assumed)" in nickel
    assert "* computed from printed figures; (assumed) printed nowhere" in projects


def test_csv_has_every_column_and_sources_are_listed(catalogue: Catalogue) -> None:
    asked = ("catalogue", "projects", "--folder", FOLDER, "--material", "antimony")
    printed = rows(run(*asked, "--csv").stdout)
    sources = rows(run(*asked, "--csv", "--sources").stdout)
    listed = run(*asked, "--sources").stdout

    assert list(printed[0]) == list(BY_NAME["projects"].columns())
    assert {row["id"] for row in printed} >= {"P093", "P104", "P113"}
    assert {name for row in printed for name in row["source"].split(";")} == {
        row["id"] for row in sources
    }
    assert all(f"\n{row['id']}: " in listed for row in sources)


def test_csv_gives_the_file_back() -> None:
    """All rows of a table as CSV are the table: figures are neither rounded nor padded."""
    for table in TABLES:
        printed = rows(run("catalogue", table.table, "--folder", FOLDER, "--csv").stdout)
        kept = rows((FOLDER / f"{table.table}.csv").read_text(encoding="utf-8"))
        assert printed == kept, table.table


def test_wrong_words_and_wrong_files_end_with_the_code_of_wrong_usage(folder: Path) -> None:
    misspelt = run("catalogue", "projects", "--folder", FOLDER, "--material", "litium")
    nothing = run("catalogue", "prices", "--folder", FOLDER, "--material", "uranium")
    bare = run("catalogue", "--folder", FOLDER, "--csv")
    spoil(folder / "prices.csv", 2, "price", "cheap")
    broken = run("catalogue", "--folder", folder)

    assert misspelt.exit_code == bare.exit_code == broken.exit_code == Ending.INVALID
    assert "did you mean lithium?" in misspelt.stderr
    assert "want a table" in bare.stderr
    assert broken.stderr == "prices.csv row 2, price: 'cheap' is text, not a number\n"
    assert nothing.exit_code == Ending.DONE
    assert "0 rows of prices: nothing in the catalogue fits" in nothing.stdout


def test_without_a_bundled_catalogue_the_command_says_what_to_give(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("catalogue").exit_code == Ending.DONE

    monkeypatch.setattr("optimizer.catalogue.__file__", str(tmp_path / "a" / "b" / "c.py"))
    answer = run("catalogue")

    assert answer.exit_code == Ending.INVALID
    assert "--folder" in answer.stderr


# the page


def test_the_commands_of_the_page_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    block = re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)[0]

    for line in block.splitlines():
        answer = run(*shlex.split(line)[1:])
        assert answer.exit_code == Ending.DONE, line
        assert "0 rows" not in answer.stdout.splitlines()[0], line


def test_the_python_of_the_page_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    code = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)[0]
    names: dict[str, object] = {}

    exec(code, names)

    assert len(names["mines"])  # type: ignore[arg-type]
    assert len(names["sources"])  # type: ignore[arg-type]

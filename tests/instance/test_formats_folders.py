"""Folders of CSV files and zip files of them, as people name, export and pack them."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.client.archives import content_of
from optimizer.errors import InvalidInstance, grouped
from optimizer.instance import Instance
from optimizer.instance.formats import examine, load, save
from optimizer.instance.formats.beside import is_quiet, tell_file
from optimizer.instance.formats.numbers import meant
from optimizer.instance.validation.references import REFERENCES, named
from tests.support.factories import instance, project

if TYPE_CHECKING:
    from collections.abc import Mapping

TINY = Path("instances/tiny")


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


def warnings(path: Path) -> list[str]:
    """The warnings about files of a valid instance."""
    found = examine(path)
    assert found.instance is not None, found.faults
    return [str(fault) for fault in found.faults if "not used anywhere" not in fault.message]


@pytest.mark.parametrize(
    "name",
    [
        "policies.csv.txt", "Policies.CSV", "policies .csv", "policies.csv.csv", "policies (1).csv",
        "policies.tsv", "policies.xlsx", "policies.CSV", "POLICIES.csv", "policy.csv", "policies",
        "policies.txt", "Copy of policies.csv", "policies - Kopie.csv", "policies_2026.csv",
        "policies-final.csv", "policies.json", "policies.ods", "policies.csv.gz", "polices.csv",
        "policies.parquet", "policies.csv.bak", "supply limits.csv", "Supply-Limits.csv",
        "supply_limit.csv", "policies.md", "policies.dat", "Instance.toml", "instance.toml.txt",
        "settings.csv", "instance (1).toml", "settings.toml",
    ],
)  # fmt: skip
def test_a_file_that_looks_like_a_table_is_an_error_with_its_remedy(
    folder: Path, name: str
) -> None:
    (folder / name).write_text("id\n")
    (found,) = faults(folder)
    assert found.startswith(f"{name}: '{name}' is no table of an instance (did you mean ")


@pytest.mark.parametrize(
    "name",
    [
        ".DS_Store", "._projects.csv", ".hidden.csv", "~$projects.xlsx", "Thumbs.db", "desktop.ini",
        "README.md", "README", "LICENSE", "LICENSE.txt", "SOURCES.md", "NOTES.txt", "build.py",
        "plan.png", "expected.json", "_projects of last year.csv", "report.pdf", "Makefile",
    ],
)  # fmt: skip
def test_what_is_no_data_is_left_alone(folder: Path, name: str) -> None:
    (folder / name).write_text("id\n")
    assert warnings(folder) == []


def test_other_files_are_warnings_and_folders_are_left_alone(folder: Path) -> None:
    for name in ("budget.xlsx", "pictures.csv", "tiny.json", "thing"):
        (folder / name).write_text("id\n")
    for name in ("plan", "inputs"):
        (folder / name).mkdir()
    (folder / "inputs" / "projects.csv").write_text("id\n")
    assert warnings(folder) == [
        f"{name}: '{name}' is no table of an instance and is not read"
        for name in ("budget.xlsx", "pictures.csv", "thing", "tiny.json")
    ]


def test_a_copy_beside_the_table_that_an_editor_made_is_a_warning(folder: Path) -> None:
    for name in ("projects.csv~", "projects.csv.bak"):
        (folder / name).write_text("id\n")
    assert len(warnings(folder)) == 2
    (folder / "policies.csv~").write_text("id\n")
    assert faults(folder) == [
        "policies.csv~: 'policies.csv~' is no table of an instance (did you mean policies.csv? "
        "then save it as that)"
    ]


def test_a_folder_named_as_a_table_is_told(folder: Path) -> None:
    (folder / "policies").mkdir()
    assert faults(folder)[0].startswith("policies: 'policies' is no table")


def test_a_table_in_a_folder_of_its_own_is_told(folder: Path) -> None:
    for place in ("inputs", "plan", "_old"):
        (folder / place).mkdir()
        for name in ("outlays.csv", "zones.csv", "notes.csv"):
            (folder / place / name).write_text("id\n")
    (folder / "plan" / "plan.json").write_text("{}")
    assert warnings(folder) == ["inputs/outlays.csv: is in a folder of its own and is not read"]


def test_a_table_that_is_no_file_is_told(folder: Path) -> None:
    (folder / "outlays.csv").symlink_to(folder / "nowhere")
    (folder / "policies.csv").mkdir()
    assert sorted(faults(folder)) == [
        "outlays.csv: is no file that can be read",
        "policies.csv: is no file that can be read",
    ]


def test_a_folder_without_an_instance_is_one_fault(tmp_path: Path) -> None:
    assert faults(tmp_path) == [
        "instance.toml: the folder has no such file; it holds the settings of the instance"
    ]
    save(load(TINY), tmp_path / "tiny")
    (tmp_path / "tiny" / "instance.toml").rename(tmp_path / "tiny" / "Instance.toml")
    assert len(faults(tmp_path / "tiny")) == 1


def test_a_table_under_a_wrong_name_causes_no_other_fault(folder: Path) -> None:
    """Everything that names a project would be wrong without it."""
    (folder / "projects.csv").rename(folder / "projects.csv.txt")
    assert len(faults(folder)) == 1


@given(st.sampled_from([*Instance.tables()]), st.data())
def test_every_table_is_recognised_under_other_names(table: str, data: st.DataObject) -> None:
    before = data.draw(st.sampled_from(["", "Copy of ", " "]))
    after = data.draw(st.sampled_from(["", " (1)", " 2026", "_final", " - Kopie", "-v2"]))
    ending = data.draw(st.sampled_from([".txt", ".csv.txt", ".CSV", ".tsv", ".xlsx", ".csv .csv"]))
    written = data.draw(st.sampled_from([table, table.upper(), table.replace("_", " ").title()]))
    fault, found = tell_file(f"{before}{written}{after}{ending}", ())
    assert fault is not None
    assert (fault.level, found) == ("error", table)


def test_no_table_is_quiet() -> None:
    assert [name for name in Instance.tables() if is_quiet(f"{name}.csv")] == []
    assert [name for name in Instance.tables() if is_quiet(f"{name}.md")] == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Our zones\nid,name\nhome,x\nabroad,y\n", "zones.csv row 1: the heading is in row 2; it"
         " must be the first row: delete row 1"),
        ("sep=,\nid,name\nhome,x\nabroad,y\n", "zones.csv row 1: the heading is in row 2; it must"
         " be the first row: delete row 1"),
        ("home,x\nabroad,y\n", "zones.csv row 1: this row names no column of the table; it must be"
         " the heading (id, …)"),
        ("id\tname\nhome\tx\n", "zones.csv row 1: the header is separated by tabs; save with"
         " commas"),
        ("id,name\nhome,x\nid,name\nabroad,y\n", "zones.csv row 3: the heading occurs again: keep"
         " one block of rows in a table, and delete this"),
        ("i\0d\0\nh\0", "zones.csv: byte 1 is zero, as in UTF-16 or no text at all; save as"
         " UTF-8"),
        ("id,name\nhome,x,\nabroad,y,1\n", "zones.csv row 3: has 3 cells, but the header has 2: a"
         " comma too many?"),
        ("id,ID\nhome,x\nabroad,y\n", "zones.csv row 1, id: the column occurs more than once"),
    ],
)  # fmt: skip
def test_a_cause_is_told_alone(folder: Path, text: str, message: str) -> None:
    (folder / "zones.csv").write_text(text)
    assert faults(folder) == [message]


def test_remarks_and_prettified_headings_in_csv(folder: Path) -> None:
    before = load(folder)
    (folder / "zones.csv").write_text("\n\nID, Name ,_why,\nhome,Home,because,\nabroad,,,see 3\n")
    made = examine(folder).instance
    assert made is not None
    assert [zone.id for zone in made.zones] == [zone.id for zone in before.zones]
    assert warnings(folder) == [
        "zones.csv row 5: column D has no heading: its 1 cell is taken for remarks and not read; "
        "begin its heading with '_' to say so"
    ]


def test_errors_come_before_warnings(folder: Path) -> None:
    (folder / "pictures.csv").write_text("a\n")
    (folder / "outlays.csv").write_text("member,year,amount_musd\nnobody,2030,x\n")
    levels = [fault.level for fault in examine(folder).faults]
    assert levels == sorted(levels)
    assert len(set(levels)) == 2


@pytest.mark.parametrize(
    "table",
    ["countries", "zones", "materials", "projects", "members", "segments", "suppliers"],
)
@pytest.mark.parametrize("name", ["tiny", "rare-earths"])
def test_a_deleted_row_is_one_message(tmp_path: Path, name: str, table: str) -> None:
    """The row is named all over the instance, and nothing else is said of what that causes."""
    known = load(TINY.parent / name)
    uses = Counter(
        identifier
        for reference in REFERENCES
        if reference.target == table
        for row in getattr(known, reference.table)
        for identifier in named(row, reference.field)
    )
    identifier = max(uses, key=lambda one: uses[one])
    save(known, tmp_path / name)
    path = tmp_path / name / f"{table}.csv"
    first, *lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    place = first.rstrip().split(",").index("id")
    left = [line for line in csv.reader(lines) if line[place] != identifier]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([first.rstrip().split(","), *left])
    (found,) = faults(tmp_path / name)
    assert found.startswith(f"{table}.csv, id: '{identifier}' is not in the table {table}, but ")


def test_a_removed_country_is_counted(tmp_path: Path) -> None:
    save(load(TINY), tmp_path / "tiny")
    path = tmp_path / "tiny" / "countries.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if ",AUS," not in line))
    assert faults(tmp_path / "tiny") == [
        "countries.csv, id: 'AUS' is not in the table countries, but 4 rows name it: projects "
        "'hill', 'loop', 'pit' and 1 more. Add it, or remove it from these rows"
    ]


def packed(files: Mapping[str, bytes]) -> bytes:
    """A zip file."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def tables(top: str = "") -> dict[str, bytes]:
    """The files of `tiny`, by their name in an archive."""
    return {
        top + path.name: path.read_bytes()
        for path in TINY.iterdir()
        if path.suffix in (".csv", ".toml")
    }


LEFT = {
    "__MACOSX/tiny/._projects.csv": b"x",
    "__MACOSX/._tiny": b"x",
    "tiny/.DS_Store": b"x",
    "tiny/Thumbs.db": b"x",
    "tiny/desktop.ini": b"x",
    "tiny/._zones.csv": b"x",
    "tiny/": b"",
    "tiny/README.md": b"x",
    "tiny/\u00dcbersicht.pdf": b"x",
    "tiny/plan/plan.png": b"x",
    "tiny/plan/choice.parquet": b"x",
    "tiny/inputs/projects.csv": b"x",
    "README.txt": b"x",
    "notes.md": b"x",
}


@pytest.mark.parametrize(
    "files",
    [
        tables(),
        tables("tiny/"),
        tables("my instances/tiny/"),
        tables("tiny\\"),
        tables("tiny/") | LEFT,
        {name.replace("/", "\\"): content for name, content in (tables("tiny/") | LEFT).items()},
        tables() | {".DS_Store": b"x", "__MACOSX/._projects.csv": b"x"},
    ],
    ids=["flat", "folder", "deeper", "backslashes", "macOS and Windows", "Windows", "flat macOS"],
)
def test_a_zip_file_is_read_as_it_comes(tmp_path: Path, files: dict[str, bytes]) -> None:
    path = tmp_path / "tiny.zip"
    path.write_bytes(packed(files))
    assert load(path).content_hash == load(TINY).content_hash


@pytest.mark.parametrize("name", ["rare-earths", "urban-mine", "tiny"])
def test_a_zip_file_of_all_that_lies_in_a_folder_is_read_as_the_folder(
    tmp_path: Path, name: str
) -> None:
    top = TINY.parent / name
    files = [path for path in top.rglob("*") if path.is_file()]
    body = packed({str(path.relative_to(top.parent)): path.read_bytes() for path in files})
    (tmp_path / "all.zip").write_bytes(body)
    assert load(tmp_path / "all.zip").content_hash == load(top).content_hash


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"tiny/more/outlays.csv": b"id\n"}, "'tiny/more/outlays.csv' is not in 'tiny'"),
        ({"tiny/a/b/c.csv": b"id\n"}, "'tiny/a/b/c.csv' is not in 'tiny'"),
        ({"policies.csv": b"id\n"}, "'policies.csv' is not in 'tiny'"),
        ({"tiny/../evil.csv": b"id\n"}, "'tiny/../evil.csv' is not the name of a plain file"),
        ({"C:\\tiny\\evil.csv": b"id\n"}, "'C:\\tiny\\evil.csv' is not the name of a plain file"),
        ({"tiny/ZONES.csv": b"id\n"}, "are two files of one name"),
        ({"other/instance.toml": b""}, "holds several instances ('other' and 'tiny', …)"),
        ({"tiny/policies.csv.txt": b"id\n"}, "'policies.csv.txt' is no table of an instance"),
    ],
)  # fmt: skip
def test_what_a_zip_file_is_refused_for_is_named(
    tmp_path: Path, more: dict[str, bytes], message: str
) -> None:
    path = tmp_path / "tiny.zip"
    path.write_bytes(packed(tables("tiny/") | more))
    (found,) = faults(path)
    assert message in found


def test_the_client_sends_misnamed_tables_too(folder: Path) -> None:
    (folder / "policies.csv.txt").write_text("id\n")
    (folder / "README.md").write_text("x")
    (folder / "plan").mkdir()
    body, _ = content_of(folder)
    (folder.parent / "sent.zip").write_bytes(body)
    assert "policies.csv.txt" in faults(folder.parent / "sent.zip")[0]
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert "README.md" not in archive.namelist()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2.500.000", "2500000"), ("$1,720", "1720"), ("US$ 1,720.50", "1720.50"),
        ("1.720,5", "1720.5"), ("(3)", "-3"), ("50%", "0.5"), ("12,5 %", "0.125"),
        ("\u20ac 3", "3"),
        ("1\u202f683", "1683"), ("1\u00a0683,5", "1683.5"), ("USD 1720", "1720"), ("\u22125", "-5"),
        ("1720 EUR", "1720"), ("5 m", ""), ("lots", ""), ("~5", ""), ("", ""), ("%", ""),
        ("\u20ac1.200", ""), ("1.2.3", ""), ("12.5.2024", ""), ("1,2,3", ""),
    ],
)  # fmt: skip
def test_a_number_as_people_write_it(text: str, number: str) -> None:
    assert meant(text) == number


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2.500.000", "'2.500.000' is text, not a number; write 2500000"),
        ("$1.5", "'$1.5' is text, not a number; write 1.5"),
        ("50%", "'50%' is not a number; write 50 % as 0.5"),
        ("1\u00a0720", "'1\u00a0720' has a separator in the number; write 1720 without separators"),
        (
            "tbd",
            "'tbd' is not a number; write the best estimate: a candidate without a building cost "
            "would be free",
        ),
        ("5 m", "'5 m' is text, not a number"),
    ],
)
def test_a_message_says_the_number_that_is_meant(folder: Path, text: str, message: str) -> None:
    lines = [line.split(",") for line in (folder / "projects.csv").read_text().splitlines()]
    lines[1][lines[0].index("capex_musd")] = text
    (folder / "projects.csv").write_text("\n".join(",".join(line) for line in lines) + "\n")
    assert faults(folder) == [f"projects.csv row 2, capex_musd: {message}"]


@given(st.decimals(-1e9, 1e9, places=2))
def test_numbers_with_separators_are_recognised(number: object) -> None:
    english = f"{number:,}"
    assert float(meant(english)) == float(str(number))
    assert float(meant(f"${english}")) == float(str(number)) or "-" in english
    german = english.replace(",", "#").replace(".", ",").replace("#", ".")
    assert float(meant(german)) == float(str(number))
    assert float(meant(english.replace(",", "\u202f"))) == float(str(number))


def test_many_equal_faults_are_few_lines(folder: Path) -> None:
    lines = "".join(f"salar,grade-{number},x\n" for number in range(30))
    (folder / "attributes.csv").write_text("project,attribute,value\n" + lines)
    found = examine(folder).faults
    errors = tuple(fault for fault in found if fault.level == "error")
    assert grouped(errors) == [
        "attributes.csv rows 2–31, value: 'x' is text, not a number (30 times)"
    ]

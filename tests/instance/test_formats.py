"""The three formats hold the same instance, exactly."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.errors import InvalidInstance, OptimizerError
from optimizer.instance import Instance
from optimizer.instance.formats import convert, examine, load, save
from optimizer.instance.formats.assembly import examine_source
from optimizer.instance.formats.cells import guarded, unguarded
from optimizer.instance.formats.columns import columns
from optimizer.instance.formats.document import source_of
from optimizer.instance.formats.folder import read_folder
from optimizer.instance.formats.reference import main
from optimizer.instance.formats.workbook_writing import survives
from optimizer.instance.records import Project
from tests.support.factories import Plant, instance, project
from tests.support.profiles import examples
from tests.support.rich_instance import AWKWARD, rich

FORMATS = ["folder", "rare.json", "rare.xlsx"]

TEXTS = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\ufffe\uffff"),
    max_size=30,
)
FREE_TEXT = st.builds("{}{}".format, st.sampled_from(["", "=", "'", "'=", "+", "@", "\n"]), TEXTS)


def test_the_rich_instance_has_rows_in_every_table() -> None:
    assert [name for name in Instance.tables() if not getattr(rich(), name)] == []


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_gives_the_same_instance_back(tmp_path: Path, name: str) -> None:
    save(rich(), tmp_path / name)
    assert load(tmp_path / name) == rich()
    assert load(tmp_path / name).content_hash == rich().content_hash


def test_conversion_through_all_formats_loses_nothing(tmp_path: Path) -> None:
    save(rich(), tmp_path / "a.xlsx")
    convert(tmp_path / "a.xlsx", tmp_path / "b")
    convert(tmp_path / "b", tmp_path / "c.json")
    convert(tmp_path / "c.json", tmp_path / "d.xlsx")
    assert load(tmp_path / "d.xlsx").content_hash == rich().content_hash


PROJECTS = st.builds(
    project,
    st.just("salar"),
    name=FREE_TEXT,
    note=FREE_TEXT,
    capex_musd=st.floats(0, 1e6),
    strategic_value=st.floats(-1e9, 1e9),
)


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plant=PROJECTS)
@pytest.mark.parametrize("name", FORMATS)
def test_text_and_floats_survive(tmp_path: Path, name: str, plant: Plant) -> None:
    made = instance(plant)
    save(made, tmp_path / name)
    assert load(tmp_path / name).content_hash == made.content_hash


def test_numbers_that_a_workbook_would_round_are_written_as_text() -> None:
    assert survives(0.1)
    assert not survives(0.1 + 0.2)
    assert not survives(-0.0)


@given(FREE_TEXT)
def test_guarding_is_undone(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t"))


def test_cells_that_look_like_formulas_are_guarded_and_numbers_are_not(tmp_path: Path) -> None:
    save(rich(), tmp_path / "folder")
    with (tmp_path / "folder" / "projects.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    assert rows["mine"]["name"] == f"'{AWKWARD}"
    assert rows["port-2"]["strategic_value"] == "-0.5"


def test_all_columns_of_filled_tables_are_written_and_empty_tables_are_not(tmp_path: Path) -> None:
    save(rich(), tmp_path / "folder")
    save(instance(), tmp_path / "folder")
    assert not (tmp_path / "folder" / "projects.csv").exists()
    header = (tmp_path / "folder" / "zones.csv").read_text().splitlines()[0]
    assert header == "source,quality,note,id,name"
    assert load(tmp_path / "folder") == instance()


def test_other_files_in_a_folder_are_left_alone(tmp_path: Path) -> None:
    save(instance(), tmp_path)
    for name in ("README.md", "SOURCES.md", "expected.json", "build.py"):
        (tmp_path / name).write_text("anything")
    save(instance(), tmp_path)
    assert (tmp_path / "SOURCES.md").read_text() == "anything"
    assert load(tmp_path) == instance()


def test_columns_may_stand_in_any_order_and_defaults_be_left_out(tmp_path: Path) -> None:
    save(instance(), tmp_path)
    (tmp_path / "zones.csv").write_bytes("\ufeffname,id\r\nHome,home\r\n,abroad\r\n\r\n".encode())
    (tmp_path / "projects.csv").write_text(",".join(columns(Project)) + "\n")
    assert [zone.name for zone in load(tmp_path).zones] == ["", "Home"]


def test_toml_may_nest_the_weight_of_an_attribute(tmp_path: Path) -> None:
    save(rich(), tmp_path)
    text = (tmp_path / "instance.toml").read_text()
    assert '"attribute.jobs"' in text
    (tmp_path / "instance.toml").write_text(text.replace('"attribute.jobs"', "attribute.jobs"))
    assert load(tmp_path).content_hash == rich().content_hash


def test_numbers_in_a_column_of_names_are_names(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    save(instance(zones=[{"id": "home"}, {"id": "abroad", "name": "x"}]), tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    sheet = book["zones"]
    column = [cell.value for cell in sheet[1]].index("name") + 1
    sheet.cell(2, column).value = 2030
    sheet.cell(3, column).value = 1.5
    book.save(tmp_path / "a.xlsx")
    assert [zone.name for zone in load(tmp_path / "a.xlsx").zones] == ["2030", "1.5"]


def test_equal_instances_give_equal_workbooks(tmp_path: Path) -> None:
    save(rich(), tmp_path / "a.xlsx")
    save(rich(), tmp_path / "b.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_what_a_format_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        OptimizerError, match=r"'\.ods' is not a format of instances that is written"
    ):
        save(instance(), tmp_path / "a.ods")
    with pytest.raises(OptimizerError, match="cannot hold the text"):
        save(
            instance(zones=[{"id": "home", "name": "x005F_"}, {"id": "abroad"}]),
            tmp_path / "a.xlsx",
        )


def test_examine_tells_warnings_with_their_rows(tmp_path: Path) -> None:
    save(instance(), tmp_path)
    (tmp_path / "pictures.csv").write_text("a,b\n")
    found = examine(tmp_path)
    assert found.instance == instance()
    assert [str(fault) for fault in found.faults if fault.level == "warning"] == [
        "pictures.csv: 'pictures.csv' is no table of an instance and is not read",
        "countries.csv row 2, id: 'AUS' is not used anywhere",
        "materials.csv row 2, id: 'ore' is not used anywhere",
    ]


def test_a_document_and_a_folder_read_alike(tmp_path: Path) -> None:
    save(rich(), tmp_path / "folder")
    from_folder = examine_source(read_folder(tmp_path / "folder")).instance
    from_text = examine_source(source_of(rich().model_dump_json(), "x.json")).instance
    assert from_folder == from_text


def test_the_reference_is_current() -> None:
    """If this fails: python -m optimizer.instance.formats.reference."""
    assert main(["--check"]) == 0


def test_every_field_is_in_the_reference() -> None:
    page = (Path(__file__).parents[2] / "docs" / "instance-format.md").read_text(encoding="utf-8")
    for name, record in Instance.tables().items():
        section = page.split(f"\n## {name}\n")[1].split("\n## ")[0]
        own = set(record.model_fields) - {"source", "quality", "note"}
        assert [field for field in own if f"| `{field}` |" not in section] == []


def test_load_raises_what_examine_finds(tmp_path: Path) -> None:
    with pytest.raises(InvalidInstance, match="there is no such file or folder"):
        load(tmp_path / "nowhere")
    assert examine(tmp_path / "nowhere").instance is None


def test_the_order_of_weights_changes_nothing(tmp_path: Path) -> None:
    weights = {"expected_cost": 1.0, "carbon": 2.0}
    turned = dict(reversed(weights.items()))
    one, other = (
        instance(settings={"objective": {"weights": found}}) for found in (weights, turned)
    )
    assert one.content_hash == other.content_hash


def test_the_canonical_document_says_no_default_and_reads_as_the_same() -> None:
    """So a field that a later version adds leaves the hashes of earlier decisions as they were."""
    known = rich()

    again = examine_source(source_of(known.canonical.decode(), "x.json")).instance

    assert again == known
    assert b'"must_survive"' not in instance(project("mine")).canonical

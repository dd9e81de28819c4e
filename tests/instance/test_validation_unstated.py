"""What a file leaves empty is told where its default flatters; what it states is not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from optimizer.instance.formats import examine, save
from optimizer.instance.formats.assembly import examine_source
from optimizer.instance.formats.document import source_of
from optimizer.instance.validation import Draft, unstated
from optimizer.instance.validation.unstated import FLATTERING
from tests.support.factories import instance, project, relation

if TYPE_CHECKING:
    from pathlib import Path

    from optimizer.errors import Fault

INSTANCE = instance(
    project("pit", makes={"ore": 1.0, "oxide": 0.1}, private_appetite=0.4, main_material="ore"),
    project("far", country="CHN", offtake_share=0.5),
    project("loop", kind="recycling", uses={"scrap": 2.0}),
    project("store", kind="stockpile", makes=None, life_years=30),
    project("old", status="operating", capex_musd=0),
    materials=[
        {"id": "ore", "chain": "rare", "stage": "extraction"},
        {"id": "oxide", "chain": "rare", "stage": "processing"},
        {"id": "scrap", "chain": "rare", "stage": "scrap"},
    ],
    stockpiles=[{"project": "store", "material": "oxide"}],
    arisings=[
        {"zone": "home", "material": "scrap", "year": year, "arisings_t_per_year": 9,
         "collection_rate": 1}
        for year in (2030, 2031)
    ],
    policies=[
        {"id": "air", "kind": "carbon_cap", "value": 10},
        {"id": "wells", "kind": "water_cap", "value": 10},
        {"id": "trust", "kind": "untrusted_share", "value": 1, "element": "Nd",
         "stage": "processing"},
    ],
)  # fmt: skip
"""An instance in which every flattering column concerns some row."""


def documented(tmp_path: Path, drop: str = "") -> tuple[Any, list[Fault]]:
    """INSTANCE as a JSON document that states everything but one field, and what is said of it."""
    save(INSTANCE, tmp_path / "x.json")
    document = json.loads((tmp_path / "x.json").read_text())
    for rows in document.values():
        for row in rows if isinstance(rows, list) else ():
            row.pop(drop, None)
    (tmp_path / "x.json").write_text(json.dumps(document))
    made, faults = examine(tmp_path / "x.json")
    return made, [fault for fault in faults if "empty" in fault.message]


def test_a_document_that_states_its_defaults_is_not_told_of_them(tmp_path: Path) -> None:
    assert documented(tmp_path)[1] == []


@pytest.mark.parametrize("column", FLATTERING, ids=lambda row: f"{row.table}.{row.field}")
def test_a_column_left_empty_is_told_once_with_its_count(tmp_path: Path, column: Any) -> None:
    made, told = documented(tmp_path, column.field)
    mine = [fault for fault in told if fault.file == f"x.json {column.table}"]
    concerned = [
        row for row in getattr(INSTANCE, column.table) if column.concerns(Draft(INSTANCE), row)
    ]

    assert made is not None
    (fault,) = mine
    assert (fault.field, fault.level) == (column.field, "warning")
    assert fault.message.startswith(f"{len(concerned)} of {len(concerned)} {column.rows}")
    assert f"read as {column.reading}" in fault.message
    assert len(concerned) > 0


def test_a_candidate_without_a_building_cost_is_an_error(tmp_path: Path) -> None:
    made, told = documented(tmp_path, "capex_musd")

    assert made is None
    assert [fault.level for fault in told] == ["error"] * 4
    assert all("would be free" in fault.message for fault in told)


def test_a_building_cost_of_0_may_be_written(tmp_path: Path) -> None:
    free = project("gift", capex_musd=0.0)
    for name in ("folder", "book.xlsx", "document.json"):
        save(instance(free), tmp_path / name)
        assert [x for x in examine(tmp_path / name)[1] if "empty" in x.message] == []


def test_a_canonical_document_leaves_out_what_is_stated() -> None:
    """It is what a client sends: the same instance gives no other faults there."""
    text = instance(project("gift", capex_musd=0.0)).canonical.decode()

    made, faults = examine_source(source_of(text, "x.json"))

    assert made is not None
    assert [fault for fault in faults if "empty" in fault.message] == []


def test_others_than_open_candidates_are_not_told() -> None:
    """An operating plant changes nothing by what it cost; what is locked out is not chosen."""
    made = instance(
        project("old", status="operating", capex_musd=0),
        project("out", locked="out"),
        project("other"),
        relations=[relation("r", "excludes", "out", "other")],
    )
    names = " ".join(row.message for row in unstated(Draft(made)))
    assert "'old'" not in names
    assert "'out'" not in names
    assert "'other'" in names

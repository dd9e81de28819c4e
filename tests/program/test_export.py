"""Every committed instance is exported whole, and another solver finds the plan in the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from optimizer.blocks.worlds import Worlds
from optimizer.instance.formats.reader import load
from optimizer.program.stamp import stamp
from optimizer.solving import export
from optimizer.solving.cone import TANGENT
from optimizer.solving.export import export_mps
from tests.program.test_mps import read, scip

if TYPE_CHECKING:
    from collections.abc import Iterator

INSTANCES = Path(__file__).resolve().parents[2] / "instances"
COMMITTED = sorted(path.parent.name for path in INSTANCES.glob("*/expected.json"))
SMALL = ("tiny", "embargo-2010", "eu-crma")
"""Those that SCIP solves in seconds."""


def test_there_are_instances() -> None:
    assert len(COMMITTED) >= 9
    assert set(SMALL) <= set(COMMITTED)


@pytest.mark.parametrize("name", COMMITTED)
def test_a_committed_instance_is_exported_whole(name: str, tmp_path: Path) -> None:
    """Another reader finds every row and column under its name, and the entries of the program."""
    instance, path = load(INSTANCES / name), tmp_path / "first-step.mps"
    export_mps(instance, path)
    lp, program = read(path).getLp(), stamp(Worlds.of(instance)).program
    tangents = sum(row.startswith(TANGENT) for row in lp.row_names_)

    assert path.read_text().endswith("ENDATA\n")
    assert lp.num_col_ == len(program.cost)
    assert lp.num_row_ == len(program.row_lower) + tangents
    assert (tangents > 0) == any(row.kind == "hhi_cap" and row.enabled for row in instance.policies)
    assert len(set(lp.row_names_)) == lp.num_row_
    assert len(set(lp.col_names_)) == lp.num_col_
    assert max(map(len, lp.row_names_)) < 160
    if not tangents:
        assert len(lp.a_matrix_.value_) == program.matrix.nnz
    if name in SMALL:
        stated = json.loads((INSTANCES / name / "expected.json").read_text())
        room = 2e-6 * abs(stated["objective"])
        assert stated["bound"] - room <= scip(path) <= stated["objective"] + room


def test_what_is_interrupted_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of the lines: no half of a file, and none where none was."""
    whole = export.mps_lines

    def cut_short(*given: Any) -> Iterator[str]:
        for number, line in enumerate(whole(*given)):
            if number == 50:
                raise KeyboardInterrupt
            yield line

    monkeypatch.setattr(export, "mps_lines", cut_short)
    old, new = tmp_path / "old.mps", tmp_path / "new.mps"
    old.write_text("as it was")
    for path in (old, new):
        with pytest.raises(KeyboardInterrupt):
            export_mps(load(INSTANCES / "tiny"), path)

    assert old.read_text() == "as it was"
    assert list(tmp_path.iterdir()) == [old]

"""What is written is whole or not there, and a place is tried before a long computation."""

from __future__ import annotations

import json
import resource
import signal
from typing import TYPE_CHECKING

import pytest

from optimizer import Options, load, solve
from optimizer.instance.formats import save
from optimizer.plan.files import export_tables, load_plan, plans_equal, save_plan
from optimizer.system.files import files_into, try_place, whole_file, whole_folder
from tests.support.commands import TINY, run_process, start_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from optimizer.plan import Plan


@pytest.fixture(scope="module")
def plan() -> Plan:
    return solve(load(TINY), Options(gap=0))


@pytest.fixture
def no_room() -> Iterator[None]:
    """No file of more than a kilobyte can be written: as on a full disk, in the middle of it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, ignored)


def content(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


WRITERS: dict[str, Callable[[Plan, Path], None]] = {
    "plan": lambda plan, place: save_plan(plan, place),
    "tables": lambda plan, place: export_tables(plan, place),
    "folder": lambda _, place: save(load(TINY), place),
    "json": lambda _, place: save(load(TINY), place.with_suffix(".json")),
    "xlsx": lambda _, place: save(load(TINY), place.with_suffix(".xlsx")),
}


@pytest.mark.usefixtures("no_room")
@pytest.mark.parametrize("kind", sorted(WRITERS.keys() - {"tables"}))
def test_nothing_half_written_is_left(kind: str, plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="too large"):
        WRITERS[kind](plan, tmp_path / "deep" / "place")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", sorted(WRITERS.keys() - {"tables"}))
def test_what_was_there_stays_where_writing_fails(
    kind: str, plan: Plan, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    WRITERS[kind](plan, tmp_path / "place")
    before = content(tmp_path)
    request.getfixturevalue("no_room")

    with pytest.raises(OSError, match="too large"):
        WRITERS[kind](plan, tmp_path / "place")

    assert content(tmp_path) == before


@pytest.mark.parametrize("kind", sorted(WRITERS))
def test_writing_twice_leaves_nothing_beside(kind: str, plan: Plan, tmp_path: Path) -> None:
    WRITERS[kind](plan, tmp_path / "place")
    once = content(tmp_path)
    WRITERS[kind](plan, tmp_path / "place")

    assert content(tmp_path).keys() == once.keys()
    assert not [name for name in once if name.startswith(".")]


def test_a_failure_in_between_leaves_the_place_as_it_was(tmp_path: Path) -> None:
    """Whichever way of writing, and whatever goes wrong."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "old").write_text("old")
    (tmp_path / "file").write_text("old")
    before = content(tmp_path)

    def interrupted(whole: Callable[[Path], AbstractContextManager[Path]], place: Path) -> None:
        with whole(place) as fresh:
            (fresh if whole is whole_file else fresh / "old").write_text("new")
            raise KeyboardInterrupt

    for place, whole in (("folder", whole_folder), ("folder", files_into), ("file", whole_file)):
        with pytest.raises(KeyboardInterrupt):
            interrupted(whole, tmp_path / place)

    assert content(tmp_path) == before


def test_files_join_what_else_is_there(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("mine")
    with files_into(tmp_path) as fresh:
        (fresh / "table.csv").write_text("new")

    assert content(tmp_path) == {"notes.md": b"mine", "table.csv": b"new"}


@pytest.mark.usefixtures("no_room")
def test_a_place_without_room_is_found_out_beforehand(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="too large") as found:
        try_place(tmp_path / "a" / "b")

    assert found.value.filename == str(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_is_found_out_before_the_search(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = run_process("solve", TINY, "--out", tmp_path / "file" / "plan")

    assert ended.returncode == 1
    assert str(tmp_path / "file" / "plan") in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "portfolio" not in ended.stderr


def test_a_plan_that_cannot_be_saved_is_printed_and_kept(tmp_path: Path) -> None:
    """Its place is taken while the search runs."""
    out = tmp_path / "plan"
    started = start_process("solve", TINY, "--gap", "0", "--out", out, "--json")
    assert started.stderr is not None
    started.stderr.readline()  # The search is under way.
    out.mkdir()
    (out / "somebody's").write_text("file")
    said, told = started.communicate(timeout=120)

    assert started.returncode != 0
    assert json.loads(said)["status"] == "optimal"
    assert "choose another folder" in told
    elsewhere = told.partition("it is in ")[2].splitlines()[0]
    assert load_plan(elsewhere).proof.status == "optimal"


def test_a_draft_is_whole_or_not_there(tmp_path: Path) -> None:
    def little() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (70_000, 70_000))

    asked = ["new", "mine", "--members", "USA", "--members", "JPN"]
    for material in ("lithium", "nickel", "cobalt", "graphite", "rare_earths"):
        asked += ["--materials", material]
    for more in ((), ("--xlsx",)):
        ended = run_process(*asked, *more, "--out", tmp_path / "mine", preexec_fn=little)
        assert ended.returncode == 1, ended.stderr
        assert "Traceback" not in ended.stderr
        assert list(tmp_path.iterdir()) == []
    again = run_process(*asked, "--out", tmp_path / "mine")
    assert again.returncode == 0, again.stderr


def test_a_request_to_end_keeps_the_plan(tmp_path: Path) -> None:
    """`timeout`, batch systems and containers end commands by SIGTERM."""
    out = tmp_path / "plan"
    rare_earths = TINY.parent / "rare-earths-tight"
    started = start_process(
        "solve", rare_earths, "--gap", "0", "--worth-gap", "0", "--out", out, "--json"
    )
    assert started.stderr is not None
    for line in started.stderr:
        if "best" in line:
            break
    started.terminate()
    said, _ = started.communicate(timeout=300)

    assert started.returncode == 130
    assert json.loads(said)["stopped_by"] == "interrupt"
    assert load_plan(out).found


def test_a_saved_plan_is_the_same(plan: Plan, tmp_path: Path) -> None:
    save_plan(plan, tmp_path / "plan")

    assert plans_equal(load_plan(tmp_path / "plan"), plan)

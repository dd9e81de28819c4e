"""What a child tells its parent: on a channel of its own, whatever libraries print elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from api.kinds.task import INSTANCE, Report
from api.work.protocol import REPORT, Order
from api.work.runner_handle import Runner
from optimizer import load
from optimizer.highs.process import Watch
from optimizer.plan import Options
from optimizer.solving.solve import solve
from optimizer.system.channel import MOST_UNFINISHED, Channel

if TYPE_CHECKING:
    from pathlib import Path

    from optimizer.highs.process import Progress

TINY = "instances/tiny"
BANNER = """\
import os
os.write(1, b"Running HiGHS 9.99 (git hash: n/a)\\n{not json}\\n\\xff\\xfe without an end")
"""


@pytest.fixture
def talkative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every Python that is started prints a banner first, as libraries do."""
    (tmp_path / "sitecustomize.py").write_text(BANNER)
    before = os.environ.get("PYTHONPATH")
    paths = [str(tmp_path), *([before] if before else [])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))


@pytest.mark.usefixtures("talkative")
def test_a_solve_does_not_mind_what_libraries_print() -> None:
    heard: list[Progress] = []

    plan = solve(load(TINY), progress=heard.append)

    assert plan.proof.status == "optimal"
    assert "portfolio" in {progress.stage for progress in heard}


@pytest.mark.usefixtures("talkative")
def test_a_job_does_not_mind_what_libraries_print(tmp_path: Path) -> None:
    folder = tmp_path / "job"
    folder.mkdir()
    (folder / INSTANCE).write_text(load(TINY).model_dump_json())
    runner = Runner(tmp_path)
    try:
        request = {"kind": "solve", "instance_id": "ins_09fd043e130cf1112219c068"}
        runner.order(
            Order(
                kind="solve",
                request=request,
                folder=folder,
                options=Options(),
                memory_mb=4096,
            )
        )
        heard = []
        while not runner.ended:
            heard += list(runner.sayings(timeout_s=60))
        runner.wait()
    finally:
        runner.close()

    assert Report.model_validate_json((folder / REPORT).read_text()).state == "succeeded"
    assert any(saying.progress for saying in heard)


@pytest.mark.parametrize(
    "line",
    [b"", b"Running HiGHS 9.99", b"\xff\xfe", b"{not json}", b"[1]", b"3", b'{"strange": 1}'],
)
def test_a_foreign_line_is_passed_over(line: bytes) -> None:
    heard: list[Progress] = []
    watch = Watch(progress=heard.append, stage="portfolio")

    watch.tell(line)
    watch.tell(b'{"time_s": 1.5}')

    assert [progress.time_s for progress in heard] == [1.5]


def heard_from(words: str) -> list[bytes]:
    """The lines that a child says on its channel `w`."""
    code = f"import os, sys, time; w = int(sys.argv[1]); {words}"
    with closing(Channel()) as channel:
        child = subprocess.Popen([sys.executable, "-c", code, channel.name], **channel.options)
        channel.started()
        heard: list[bytes] = []
        while not channel.ended:
            heard += list(channel.lines(timeout_s=60))
        child.wait()
    return heard


def test_lines_come_whole_however_they_were_written() -> None:
    words = "os.write(w, b'one\\ntw'); time.sleep(0.2); os.write(w, b'o\\n'); os.write(w, b'lost')"

    assert heard_from(words) == [b"one", b"two"]


def test_a_line_without_an_end_does_not_fill_the_memory() -> None:
    heard = heard_from("[os.write(w, b'x' * 65536) for _ in range(40)]; os.write(w, b'\\nnext\\n')")

    assert heard[-1] == b"next"
    assert all(len(line) <= MOST_UNFINISHED + 65536 for line in heard)

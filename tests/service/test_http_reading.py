"""Reading processes: limits on time, memory and waiting, and nothing left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api import reading
from api.errors import Invalid, Unavailable
from api.reading import Lane, Readers
from api.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator


def asleep(folder: Path) -> None:
    (folder / "left").write_bytes(b"something")
    time.sleep(600)


def greedy(folder: Path) -> int:
    return len(bytearray(4 * 2**30))


def quick(folder: Path, text: str) -> str:
    return text.upper()


def itself(folder: Path) -> int:
    """Its process, and what that would put aside lies in the pool's folder."""
    with tempfile.NamedTemporaryFile() as file:
        assert Path(file.name).parent == folder.parent
    return os.getpid()


@pytest.fixture
def readers(tmp_path: Path) -> Iterator[Readers]:
    found = Readers(Settings(data_dir=tmp_path, readers=1, view_readers=1, reader_time_s=3))
    yield found
    found.close()
    assert not found.submissions._folder.exists()


@pytest.fixture
def pool(readers: Readers) -> Lane:
    return readers.submissions


def test_what_takes_too_long_is_given_up_and_the_next_is_read(pool: Lane) -> None:
    with pytest.raises(Invalid, match="longer than 3 s"):
        asyncio.run(pool.run("one", asleep))
    assert [path for path in pool._folder.iterdir() if path.is_dir()] == []
    assert asyncio.run(pool.run("one", quick, "next")) == "NEXT"


def test_what_takes_too_much_memory_is_given_up_and_the_next_is_read(pool: Lane) -> None:
    with pytest.raises(Invalid, match="MiB of memory"):
        asyncio.run(pool.run("one", greedy))
    assert asyncio.run(pool.run("one", quick, "next")) == "NEXT"


@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL])
def test_an_idle_process_that_is_frozen_or_killed_is_replaced(
    pool: Lane, how: signal.Signals
) -> None:
    """Those whose work it would have taken are to come again; it was not their fault."""
    lost = asyncio.run(pool.run("one", itself))
    pool._pool._patience.most_s = 3.0
    os.kill(lost, how)
    deadline = time.monotonic() + 60
    while (found := asyncio.run(answered(pool))) in (None, lost):
        assert time.monotonic() < deadline
    assert found != lost


async def answered(pool: Lane) -> int | None:
    """The process that does a piece of work, or nothing where none does."""
    try:
        return await pool.run("one", itself)
    except Unavailable:
        return None


def test_only_so_much_of_one_organisation_waits(pool: Lane) -> None:
    """What others submit is taken nevertheless."""

    async def many() -> list[object]:
        ours = [pool.run("one", quick, "x") for _ in range(reading.MOST_WAITING + 3)]
        others = [pool.run("other", quick, "y") for _ in range(2)]
        return await asyncio.gather(*ours, *others, return_exceptions=True)

    found = asyncio.run(many())
    assert found.count("X") == reading.MOST_WAITING + 1
    assert found[-2:] == ["Y", "Y"]
    refused = [one for one in found if isinstance(one, Unavailable)]
    assert len(refused) == 2
    assert "16 submissions of your organisation are waiting" in refused[0].detail
    assert refused[0].retry_after_s


def test_one_organisations_submissions_do_not_hold_up_anothers(pool: Lane) -> None:
    """The other's comes second, though nine of the first one's were there before it."""
    done: list[str] = []

    async def one(owner: str) -> None:
        await pool.run(owner, quick, "x")
        done.append(owner)

    async def many() -> None:
        await asyncio.gather(*(one(owner) for owner in "AAAAAAAAAABC"))

    asyncio.run(many())
    assert set(done[:3]) == {"A", "B", "C"}


def test_what_is_read_of_things_kept_does_not_hold_up_submissions(readers: Readers) -> None:
    """The report takes all of its time; the submission of the same organisation is read before."""

    async def both() -> str:
        report = asyncio.create_task(readers.views.run("one", asleep))
        while not readers.views.turns.held:
            await asyncio.sleep(0)
        text = await readers.submissions.run("one", quick, "read")
        assert not report.done()
        with pytest.raises(Invalid):
            await report
        return text

    assert asyncio.run(both()) == "READ"

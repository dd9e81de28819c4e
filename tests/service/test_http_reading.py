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
from api.reading import Readers
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
def pool(tmp_path: Path) -> Iterator[Readers]:
    found = Readers(Settings(data_dir=tmp_path, readers=1, reader_time_s=3))
    yield found
    found.close()
    assert not found._folder.exists()


def test_what_takes_too_long_is_given_up_and_the_next_is_read(pool: Readers) -> None:
    with pytest.raises(Invalid, match="longer than 3 s"):
        asyncio.run(pool.run(asleep))
    assert [path for path in pool._folder.iterdir() if path.is_dir()] == []
    assert asyncio.run(pool.run(quick, "next")) == "NEXT"


def test_what_takes_too_much_memory_is_given_up_and_the_next_is_read(pool: Readers) -> None:
    with pytest.raises(Invalid, match="MiB of memory"):
        asyncio.run(pool.run(greedy))
    assert asyncio.run(pool.run(quick, "next")) == "NEXT"


@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL])
def test_an_idle_process_that_is_frozen_or_killed_is_replaced(
    pool: Readers, how: signal.Signals
) -> None:
    """Those whose work it would have taken are to come again; it was not their fault."""
    lost = asyncio.run(pool.run(itself))
    pool._pool._patience.most_s = 3.0
    os.kill(lost, how)
    deadline = time.monotonic() + 60
    while (found := asyncio.run(answered(pool))) in (None, lost):
        assert time.monotonic() < deadline
    assert found != lost


async def answered(pool: Readers) -> int | None:
    """The process that does a piece of work, or nothing where none does."""
    try:
        return await pool.run(itself)
    except Unavailable:
        return None


def test_only_so_much_waits(pool: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_WAITING", 2)

    async def many() -> list[object]:
        return await asyncio.gather(
            *(pool.run(quick, "x") for _ in range(5)), return_exceptions=True
        )

    found = asyncio.run(many())
    assert found.count("X") == 2
    assert sum(isinstance(one, Unavailable) for one in found) == 3

"""Reading processes: limits on time, memory and waiting, and nothing left behind."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from api import reading
from api.errors import Invalid, Unavailable
from api.reading import Readers
from api.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def asleep(folder: Path) -> None:
    (folder / "left").write_bytes(b"something")
    time.sleep(600)


def greedy(folder: Path) -> int:
    return len(bytearray(4 * 2**30))


def quick(folder: Path, text: str) -> str:
    return text.upper()


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[Readers]:
    found = Readers(Settings(data_dir=tmp_path, readers=1, reader_time_s=3))
    yield found
    found.close()
    assert not found._folder.exists()


def test_what_takes_too_long_is_given_up_and_the_next_is_read(pool: Readers) -> None:
    with pytest.raises(Invalid, match="longer than 3 s"):
        asyncio.run(pool.run(asleep))
    assert list(pool._folder.iterdir()) == []
    assert asyncio.run(pool.run(quick, "next")) == "NEXT"


def test_what_takes_too_much_memory_is_given_up_and_the_next_is_read(pool: Readers) -> None:
    with pytest.raises(Invalid, match="MiB of memory"):
        asyncio.run(pool.run(greedy))
    assert asyncio.run(pool.run(quick, "next")) == "NEXT"


def test_only_so_much_waits(pool: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_WAITING", 2)

    async def many() -> list[object]:
        return await asyncio.gather(
            *(pool.run(quick, "x") for _ in range(5)), return_exceptions=True
        )

    found = asyncio.run(many())
    assert found.count("X") == 2
    assert sum(isinstance(one, Unavailable) for one in found) == 3

"""Result files: whole or not there, verified, and collected only when nobody names them."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from api.errors import DiskFull
from api.store import instances, plans
from api.store.files import Damaged, Files
from tests.support.ended import planned
from tests.support.people import organisation, person

if TYPE_CHECKING:
    from pathlib import Path

    from api.store import Store

HOUR_S = 3600.0


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """An empty folder of files."""
    return Files(tmp_path / "files")


def age(files: Files, name: str) -> None:
    """Make a file two hours old."""
    past = time.time() - 2 * HOUR_S
    os.utime(files.place(name), (past, past))


def test_what_was_put_is_got(files: Files) -> None:
    name = files.put(b"content")

    assert files.get(name) == b"content"
    assert files.put(b"content") == name
    assert files.all() == {name}
    assert list(files.parts.iterdir()) == []


def test_a_damaged_or_missing_file_is_noticed(files: Files) -> None:
    name = files.put(b"content")
    files.place(name).write_bytes(b"CONTENT")
    with pytest.raises(Damaged, match="damaged"):
        files.get(name)
    with pytest.raises(Damaged, match="cannot be read"):
        files.get("0" * 64)


def test_putting_a_damaged_file_again_repairs_it(files: Files) -> None:
    name = files.put(b"content")
    files.place(name).write_bytes(b"")

    assert files.put(b"content") == name
    assert files.get(name) == b"content"


def test_a_file_that_cannot_be_written_leaves_nothing(files: Files) -> None:
    files.parts.rmdir()
    files.parts.write_bytes(b"in the way")

    with pytest.raises(DiskFull):
        files.put(b"content")
    assert files.all() == set()


def test_old_files_that_nobody_names_are_collected(files: Files) -> None:
    named, orphan, young = (files.put(content) for content in (b"named", b"orphan", b"young"))
    age(files, named)
    age(files, orphan)
    part = files.parts / "left-over"
    part.write_bytes(b"half")
    os.utime(part, (0, 0))

    assert files.collect(lambda: {named}) == 1
    assert files.all() == {named, young}
    assert not part.exists()


def test_a_file_put_again_while_it_is_collected_stays(files: Files) -> None:
    """Its row commits after the collection has asked which files are named."""
    name = files.put(b"content")
    age(files, name)

    def named() -> set[str]:
        assert files.put(b"content") == name
        return set()

    assert files.collect(named) == 0
    assert files.get(name) == b"content"


def test_putting_and_collecting_at_once_lose_nothing(files: Files) -> None:
    """Every file has just been put when it is read, so that it is young and must be there."""
    contents = [bytes([number]) * 100 for number in range(8)]
    until = time.monotonic() + 2.0

    def put(content: bytes) -> int:
        rounds = 0
        while time.monotonic() < until:
            name = files.put(content)
            assert files.get(name) == content
            age(files, name)
            rounds += 1
        return rounds

    def collect() -> int:
        gone = 0
        while time.monotonic() < until:
            gone += files.collect(set)
        return gone

    with ThreadPoolExecutor(6) as pool:
        collecting = [pool.submit(collect) for _ in range(2)]
        assert min(pool.map(put, contents[:4])) > 0
    assert sum(task.result() for task in collecting) > 0


def test_the_store_names_every_file_it_needs(store: Store) -> None:
    planned(store, person(store, organisation(store)).caller)
    needed = store.files.all()
    orphan = store.files.put(b"orphan")
    for name in store.files.all():
        age(store.files, name)

    def named() -> set[str]:
        with store.database.read() as tx:
            return instances.files_named(tx) | plans.files_named(tx)

    assert store.files.collect(named) == 1
    assert orphan not in store.files.all()
    assert named() == needed == store.files.all()

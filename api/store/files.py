"""Result files, each named by the SHA-256 of its content.

Enters: bytes. Leaves: their hash, and the same bytes again, verified. A file is complete or not
there: it is written beside its place, flushed to the disk and renamed. Only then may a row of the
database name it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from api.errors import DiskFull, ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

KEEP_S = 3600.0
"""A file younger than this is kept even if no row names it: its row may be about to commit."""


class Damaged(ServiceError):
    """A result file that is gone or not what its name says."""


class Files:
    """A folder of files named by their content."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.parts = root / "parts"
        self.parts.mkdir(parents=True, exist_ok=True)

    def place(self, name: str) -> Path:
        """Where the file of this hash is, or would be."""
        return self.root / name[:2] / name

    def put(self, content: bytes) -> str:
        """Keep a file; returns its hash. Content that is there already is kept once.

        Raises:
            DiskFull: there is no room.
        """
        name = hashlib.sha256(content).hexdigest()
        target = self.place(name)
        part = self.parts / secrets.token_hex(8)
        try:
            if self._renewed(target) and target.read_bytes() == content:
                _sync(target.parent)
                return name
            target.parent.mkdir(exist_ok=True)
            _sync(self.root)
            with part.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            with self._turn(fcntl.LOCK_SH):
                part.rename(target)
            _sync(target.parent)
        except OSError as trouble:
            with suppress(OSError):
                part.unlink()
            raise DiskFull("a result file cannot be written") from trouble
        return name

    def get(self, name: str) -> bytes:
        """The content of a file, verified.

        Raises:
            Damaged: it is missing, or its content is not what its name says.
        """
        try:
            content = self.place(name).read_bytes()
        except OSError as trouble:
            raise Damaged(f"the result file {name} cannot be read") from trouble
        if hashlib.sha256(content).hexdigest() != name:
            raise Damaged(f"the result file {name} is damaged")
        return content

    def all(self) -> set[str]:
        """The hashes of all files."""
        return {path.name for path in self.root.glob("[0-9a-f][0-9a-f]/*")}

    def collect(self, named: Callable[[], Collection[str]], keep_s: float = KEEP_S) -> int:
        """Delete old files that no row names; returns how many.

        Each is looked at again under a lock, so that one which is put again at this very moment
        stays.

        Args:
            named: asks the database for the hashes in use; called after the files are listed.
            keep_s: age in seconds from which a file may go.
        """
        before = time.time() - keep_s
        old = {path for path in self.root.glob("[0-9a-f][0-9a-f]/*") if _older(path, before)}
        used = named() if old else ()
        gone = 0
        for path in sorted(path for path in old if path.name not in used):
            with self._turn(fcntl.LOCK_EX):
                if _older(path, before):
                    path.unlink()
                    gone += 1
        for part in self.parts.iterdir():
            if _older(part, before):
                part.unlink(missing_ok=True)
        return gone

    def _renewed(self, path: Path) -> bool:
        """Whether a file is there; if so it counts as young again."""
        with self._turn(fcntl.LOCK_SH), suppress(FileNotFoundError):
            os.utime(path)
            return True
        return False

    @contextmanager
    def _turn(self, kind: int) -> Iterator[None]:
        """Hold the folder's lock, between processes: shared to put, alone to delete."""
        with (self.root / "lock").open("wb") as file:
            fcntl.flock(file, kind)
            yield


def _older(path: Path, moment: float) -> bool:
    try:
        return path.stat().st_mtime < moment
    except FileNotFoundError:
        return False


def _sync(folder: Path) -> None:
    """Flush a folder's entries to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""Scratch folders: one for each worker, locked as long as the worker lives.

A lock ends with its process, however that dies. So a folder whose lock is free is a dead worker's,
and anybody may sweep it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK = "lock"
NEW_S = 60.0
"""A folder younger than this may still be about to be locked."""


@contextmanager
def scratch(data_dir: Path, worker: str) -> Iterator[Path]:
    """A worker's own folder while the context lasts."""
    folder = data_dir / "scratch" / worker
    folder.mkdir(parents=True)
    lock = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def sweep(data_dir: Path, new_s: float = NEW_S) -> int:
    """Delete the folders of dead workers that are older than `new_s`; returns how many."""
    before = time.time() - new_s
    gone = 0
    for folder in (data_dir / "scratch").glob("*"):
        if folder.stat().st_mtime > before or _locked(folder):
            continue
        shutil.rmtree(folder, ignore_errors=True)
        gone += 1
    return gone


def _locked(folder: Path) -> bool:
    try:
        lock = os.open(folder / LOCK, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False

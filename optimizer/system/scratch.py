"""Scratch folders: each is locked for as long as the process lives that it is of use to.

A lock ends with its process, however that dies, and on whichever machine. So a folder whose lock is
free is a dead process's, and anybody may sweep it; a process that is frozen keeps its own.
"""

from __future__ import annotations

import fcntl
import functools
import os
import secrets
import shutil
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCK = "lock"
NEW = "."
"""How the name of a folder begins that is not locked yet."""
NEW_S = 60.0
"""One that is older will never be: its process has died first."""
TEMPORARY = "lodestone-scratch-"


@contextmanager
def scratch(parent: Path, name: str) -> Iterator[Path]:
    """A folder of this process's own while the context lasts.

    A fork of the process that leaves the context as well leaves the folder alone.
    """
    owner = os.getpid()
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new, folder = parent / f"{NEW}{name}", parent / name
    new.mkdir(mode=0o700)
    lock = os.open(new / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        new.rename(folder)
        yield folder
    finally:
        for path in (folder, new) if os.getpid() == owner else ():
            shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


@contextmanager
def temporary() -> Iterator[Path]:
    """A folder among the system's temporary files; what dead processes left there goes first."""
    place = Path(tempfile.gettempdir())
    _tidied(place)
    with scratch(place, TEMPORARY + secrets.token_hex(8)) as folder:
        yield folder


def sweep(parent: Path, begins: str = "", new_s: float = NEW_S) -> int:
    """Delete the folders of dead processes; returns how many.

    Args:
        parent: where they are.
        begins: how the names of those begin that are to be looked at.
        new_s: age from which a folder without a lock is taken for a dead process's.
    """
    before, gone = time.time() - new_s, 0
    for folder in {*parent.glob(f"{begins}*"), *parent.glob(f"{NEW}{begins}*")}:
        try:
            young = folder.name.startswith(NEW) and folder.stat().st_mtime > before
            if young or not folder.is_dir() or _locked(folder):
                continue
        except OSError:  # Somebody else's, or gone meanwhile.
            continue
        shutil.rmtree(folder, ignore_errors=True)
        gone += 1
    return gone


@functools.cache
def _tidied(place: Path) -> int:
    """Sweep a place once in a process."""
    return sweep(place, TEMPORARY)


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

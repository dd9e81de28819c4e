"""Linux's Landlock: a process gives up, for itself and its children, most of the file system.

Enters: where it may still read, and where write. Nothing is needed but a kernel of 5.13 or later;
structures and numbers are those of the kernel's user interface (linux/landlock.h).
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""System calls, of the same number on all architectures."""
ASK_VERSION, PATH_BENEATH = 1, 1
PR_SET_NO_NEW_PRIVS = 38
FILE_RIGHTS = ((5, 16), (3, 15), (2, 14), (1, 13))
"""From which version the file system has how many rights, one bit each, newest first."""
EXECUTE, READ_FILE, READ_DIR = 1 << 0, 1 << 2, 1 << 3
READING = EXECUTE | READ_FILE | READ_DIR
OF_FILES = EXECUTE | 1 << 1 | READ_FILE | 1 << 14
"""Rights that a single file can have: execute, write, read, truncate."""
TCP_SINCE, TCP = 4, 0b11
"""Binding and connecting."""
SCOPES_SINCE, SCOPES = 6, 0b11
"""Abstract sockets and signals of processes outside."""


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """Which Landlock the kernel has; 0 where there is none."""
    if sys.platform != "linux":
        return 0
    return max(0, int(ctypes.CDLL(None).syscall(CREATE_RULESET, None, 0, ASK_VERSION)))


def restrict(reads: Iterable[Path], writes: Iterable[Path]) -> bool:
    """Keep this process to some files and folders, off TCP, and from signalling others.

    What is open already stays so. It cannot be undone; threads that run already are not kept.

    Args:
        reads: beneath which it may read and execute; those that do not exist are left out.
        writes: beneath which it may do everything.

    Returns:
        Whether it is so now.
    """
    known = version()
    if known == 0:
        return False
    rights = (1 << next(count for since, count in FILE_RIGHTS if known >= since)) - 1
    wanted = _Ruleset(
        rights, TCP if known >= TCP_SINCE else 0, SCOPES if known >= SCOPES_SINCE else 0
    )
    libc = ctypes.CDLL(None)
    ruleset = libc.syscall(CREATE_RULESET, ctypes.byref(wanted), ctypes.sizeof(wanted), 0)
    if ruleset < 0:
        return False
    try:
        for paths, allowed in ((reads, READING & rights), (writes, rights)):
            for path in paths:
                _allow(libc, ruleset, path, allowed)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        return bool(libc.syscall(RESTRICT_SELF, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, allowed: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        kept = allowed if path.is_dir() else allowed & OF_FILES
        rule = _Beneath(kept, place)
        libc.syscall(ADD_RULE, ruleset, PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(place)

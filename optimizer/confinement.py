"""What a process that only computes is given of its machine: no secrets, and no network.

Enters: the environment of the one that starts it. Leaves: what a Python needs to run at all.
"""

from __future__ import annotations

import ctypes
import os
import sys

KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "TEMP", "TMP", "TZ", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
BELONGS_TO = "LODESTONE_DATA_DIR"
"""Kept too: by it an operator finds the processes of a service; it names a folder and no secret."""
KEPT_BEGINNINGS = ("LC_", "PYTHON", "COVERAGE_", "DYLD_")
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000


def bare_environment() -> dict[str, str]:
    """The variables of this process that another Python needs; no other settings, no passwords."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in (*KEPT, BELONGS_TO) or name.startswith(KEPT_BEGINNINGS)
    }


def leave_network() -> bool:
    """Give this process, and what it starts, a network of its own without a way out.

    Before any thread is started. Linux only, and only where the system lets a process do so: by its
    capabilities, or by user namespaces.

    Returns:
        Whether it is so now.
    """
    if sys.platform != "linux":
        return False
    unshare = ctypes.CDLL(None).unshare
    return any(unshare(flags) == 0 for flags in (CLONE_NEWNET, CLONE_NEWUSER | CLONE_NEWNET))

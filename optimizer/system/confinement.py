"""What a process that only computes is given of its machine: no secrets, no network, one folder.

Enters: the environment of the one that starts it. Leaves: what a Python needs to run at all.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from pathlib import Path

from optimizer.system import landlock

KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "TEMP", "TMP", "TZ", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
BELONGS_TO = "LODESTONE_DATA_DIR"
"""Kept too: by it an operator finds the processes of a service; it names a folder and no secret."""
KEPT_BEGINNINGS = ("LC_", "PYTHON", "COVERAGE_", "DYLD_")
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SYSTEM = ("/usr", "/lib", "/lib64", "/etc", "/bin", "/proc", "/sys", "/dev/null", "/dev/urandom")
"""What libraries read of a system while they run."""
OWN_USERS = range(61184, 65520)
"""Users that no account has: systemd's range for services that need one for a while."""


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


def give_way(niceness: int = 10) -> None:
    """Let this process, and what it starts, compute when others do not: answers come first.

    Linux shares the processor between sessions before it looks at their processes, so the session
    gives way too.
    """
    now = os.nice(niceness)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(now))


def keep_to(folder: Path) -> bool:
    """Let this process read its programs and the system, and write in its own folder, no more.

    Linux only (Landlock). Whoever starts it may read and write the folder as before. A root's
    process also becomes a user of its own, where that user can read the programs.

    Args:
        folder: its own; everything in it becomes that user's. It is the working directory
            afterwards: by its path that user may not find it.

    Returns:
        Whether files elsewhere are out of its reach now.
    """
    os.chdir(folder)
    _become_nobody()
    return landlock.restrict([Path(place) for place in (*_programs(), *SYSTEM)], [Path()])


def _programs() -> set[str]:
    """Where Python and its libraries lie; not `sys.path`, which holds the folder of the start."""
    libraries = (sys.modules.get(name) for name in ("numpy", "highspy"))
    found = {os.path.dirname(os.path.dirname(m.__file__)) for m in libraries if m and m.__file__}
    return found | {sys.prefix, sys.base_prefix, os.path.dirname(os.path.dirname(__file__))}


def _become_nobody() -> None:
    """Change from root to a user of this process alone; back, where that one could not go on."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return
    user = OWN_USERS[os.getpid() % len(OWN_USERS)]
    try:
        os.setgroups([])
        os.setresgid(user, user, 0)
        os.setresuid(user, user, 0)
    except OSError:  # A namespace without other users.
        return
    if all(os.access(place, os.R_OK, effective_ids=True) for place in _needed()):
        os.seteuid(0)
        for place in (".", *os.listdir()):
            os.chown(place, user, user)
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    else:
        os.setresuid(0, 0, 0)
        os.setresgid(0, 0, 0)


def _needed() -> list[str]:
    """Places of which each can be read only where its whole path can be."""
    loaded = (getattr(sys.modules.get(name), "__file__", None) for name in ("os", "numpy"))
    return [place for place in (*loaded, __file__) if place]

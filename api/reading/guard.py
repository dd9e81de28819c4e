"""What keeps a reading process harmless: a limit on memory, and an end with its parent."""

from __future__ import annotations

import multiprocessing
import os
import resource
import shutil
import signal
import tempfile
import threading
import time
from pathlib import Path

from optimizer.system.confinement import give_way

LOOK_EVERY_S = 0.5
PROCESS = "process-"
"""How the files are called that say which processes work in a folder."""


def guarded(parent: int, folder: str, memory_mb: int) -> None:
    """Prepare a reading process before its first piece of work.

    Args:
        parent: process to end with. The kernel's death signal would not do: it follows the thread
            that started the process, and threads of a server come and go.
        folder: scratch folder of the whole pool, for what libraries put aside as well; it is to be
            removed if the parent could not.
        memory_mb: limit on the address space (MiB).
    """
    give_way()
    limit = memory_mb * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us.
    tempfile.tempdir = folder
    Path(folder, f"{PROCESS}{os.getpid()}").touch()
    threading.Thread(target=_end_with, args=(parent, folder), daemon=True).start()


def processes_of(folder: Path) -> list[int]:
    """The ids of the processes that were prepared for this folder and are children still."""
    children = {child.pid for child in multiprocessing.active_children()}
    found = [int(path.name.removeprefix(PROCESS)) for path in folder.glob(f"{PROCESS}*")]
    return [pid for pid in found if pid in children]


def _end_with(parent: int, folder: str) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY_S)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)

"""What keeps a reading process harmless: a limit on memory, and an end with its parent."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import threading
import time

LOOK_EVERY_S = 0.5


def guarded(parent: int, folder: str, memory_mb: int) -> None:
    """Prepare a reading process before its first piece of work.

    Args:
        parent: process to end with. The kernel's death signal would not do: it follows the thread
            that started the process, and threads of a server come and go.
        folder: scratch folder of the whole pool, to be removed if the parent could not.
        memory_mb: limit on the address space (MiB).
    """
    limit = memory_mb * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us.
    threading.Thread(target=_end_with, args=(parent, folder), daemon=True).start()


def _end_with(parent: int, folder: str) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY_S)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)

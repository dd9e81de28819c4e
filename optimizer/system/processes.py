"""A process that ends with the one that started it: two guards, and both are wanted.

The kernel's signal comes at the death of the thread that started the process, on Linux; the end of
the pipe at its standard input comes wherever the parent dies.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PR_SET_PDEATHSIG = 1
PART = 65536


def end_with_parent(how: signal.Signals = signal.SIGKILL) -> None:
    """Have the kernel send this process a signal when its parent dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, how)


def end_with_input(
    end: Callable[[], object] | None = None, heard: Callable[[bytes], object] | None = None
) -> None:
    """End this process when its standard input ends; nobody else reads from it any more.

    Args:
        end: how; at once if not given.
        heard: called, from a thread of its own, with every whole line that comes; lines are dropped
            if not given.
    """

    def watch() -> None:
        rest = b""
        # Raw read: a buffered one in a daemon thread aborts the interpreter at exit.
        while part := os.read(0, PART):
            if heard is not None:
                *lines, rest = (rest + part).split(b"\n")
                for line in lines:
                    heard(line)
        end() if end else os._exit(1)

    threading.Thread(target=watch, name="end-with-input", daemon=True).start()

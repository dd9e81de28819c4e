"""Processes that never outlive the one that started them.

A child is started by `start` and calls `bind` first thing. Two guards hold it: the kernel's signal
at the death of the parent's thread, and the end of the pipe at its standard input. So `start`
belongs in the main thread, and the parent keeps the pipe open for as long as the child may live.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from api.fault_points import FAULT
from optimizer.system.confinement import bare_environment
from optimizer.system.processes import end_with_input, end_with_parent

if TYPE_CHECKING:
    from collections.abc import Mapping

PARENT = "LODESTONE_PARENT"
"""Environment variable with the process id of the parent; absent where nobody is to be followed."""


def start(
    module: str,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    bare: bool = False,
    **options: Any,
) -> subprocess.Popen[bytes]:
    """Start `python -m module` as a child that ends with this process.

    Args:
        module: what to run; it calls `bind`.
        arguments: what follows the module's name.
        environment: variables beside those of this process.
        bare: whether it gets none of this process's settings, which may hold passwords.
        options: further ones of `subprocess.Popen`.
    """
    own = bare_environment() if bare else dict(os.environ)
    if bare and FAULT in os.environ:
        own[FAULT] = os.environ[FAULT]
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        env=own | dict(environment or {}) | {PARENT: str(os.getpid())},
        start_new_session=True,  # Ctrl-C reaches the parent alone, which asks its children to stop.
        **options,
    )


def bind() -> None:
    """Follow the process that started this one, if it used `start`."""
    if follow_parent():
        end_with_input()


def follow_parent() -> bool:
    """Have the kernel kill this process with its parent; returns whether there is one to follow."""
    parent = os.environ.get(PARENT)
    if parent is None:
        return False
    end_with_parent()
    if os.getppid() != int(parent):  # It died before the kernel was asked.
        os._exit(1)
    return True


def kill(child: subprocess.Popen[bytes]) -> None:
    """Kill a child at once, with everything in its session, and wait until it is gone."""
    if child.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    for pipe in (child.stdin, child.stdout, child.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()

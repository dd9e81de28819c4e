"""What several tests look at, made once for all processes that run them.

Each process of `pytest -n` has a folder below that of the whole run. What is made lies in the
latter, and is gone with it: nothing is kept from run to run. Who comes first makes it, others wait
at a lock.
"""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder with what `make` puts into it.

    Args:
        factory: pytest's.
        name: of the folder.
        make: is given an empty folder; what fails is tried again by the next who asks.
    """
    run = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        run = run.parent
    folder = run / f"shared-{name}"
    with (run / f"shared-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            part = factory.mktemp(name)
            make(part)
            part.rename(folder)
    return folder

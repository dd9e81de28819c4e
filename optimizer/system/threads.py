"""Computing in one thread: what runs side by side keeps to a core each.

OpenBLAS, which numpy computes with, starts a thread for each core and lets them wait for work at
full speed. It reads how many it may have when numpy is imported, from the environment alone.
"""

from __future__ import annotations

import os

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Variables that keep a process to one thread."""


def compute_in_one_thread() -> None:
    """Keep this process to one thread where the user asks for nothing else: before numpy comes."""
    for name, value in ONE_THREAD.items():
        os.environ.setdefault(name, value)

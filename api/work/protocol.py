"""What a worker and its runner tell each other.

The worker sends one `Order` as a line of JSON on the runner's standard input. The runner answers
with `Saying` lines on its `Channel` and leaves a `Report` in the job's folder as `report.json`,
last of all; what else the folder holds is in `api.kinds.task`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.resources.jobs import JobProgress
from optimizer.instance.records import Record
from optimizer.plan import Options

REPORT = "report.json"


class Order(Record):
    """One job."""

    kind: str
    request: dict[str, Any]
    """As it was asked for."""
    folder: Path
    options: Options
    memory_mb: int
    """Address space of the runner and of each of its children."""


class Saying(Record):
    """One line of a running job: progress or a line of its log."""

    progress: JobProgress | None = None
    line: str | None = None

"""What every test leaves behind it: nothing that belongs to the whole process."""

from __future__ import annotations

import logging
import sys
import threading
from typing import TYPE_CHECKING

import pytest
import structlog

from docs.refresh import demo
from tests.support import profiles  # noqa: F401 - loads one of them
from tests.support.shared import made_once

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def demonstrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `make demo` has left its plan, in `plan`, and what it prints, in `said`."""

    def make(folder: Path) -> None:
        said = demo(folder / "plan")
        (folder / "said").write_text(said, encoding="utf-8")

    return made_once(tmp_path_factory, "demo", make)


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """Undo what a command of the service, run in this process, did to its logs.

    Its handler writes to the standard error of that test. Pyomo, in a later one, copies what it
    logs to standard error through a pipe, and would wait for itself for ever.
    """
    root, configured = logging.getLogger(), structlog.get_config()
    handlers, level, hooks = list(root.handlers), root.level, (sys.excepthook, threading.excepthook)
    yield
    for handler in list(root.handlers):
        if handler not in handlers:
            root.removeHandler(handler)
    root.setLevel(level)
    structlog.configure(**configured)
    sys.excepthook, threading.excepthook = hooks

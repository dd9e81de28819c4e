"""Reading what is submitted, in processes of its own: hostile or heavy, it harms nothing else.

Enters: a function of `api.reading.tasks` and its arguments. Leaves: its result. Each process has a
limit on memory and each piece of work one on time; a process that breaks either is replaced.
"""

from __future__ import annotations

import secrets
import shutil
from contextlib import ExitStack
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from pebble import ProcessExpired

from api.errors import DiskFull, Invalid, Unavailable
from api.reading.pool import Pool
from optimizer.scratch import scratch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from api.settings import Settings

MOST_WAITING = 16
"""Pieces of work for one process, at work or waiting; more are refused for the moment."""

Result = TypeVar("Result")
Given = ParamSpec("Given")


class Readers:
    """A pool of reading processes; they start with the first piece of work."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._name = f"reading-{secrets.token_hex(8)}"
        self._folder = settings.scratch / self._name
        self._kept = ExitStack()
        self._made = False
        self._pending = 0
        self._pool = Pool(settings, settings.readers, self._folder)

    async def run(
        self,
        task: Callable[Concatenate[Path, Given], Result],
        *args: Given.args,
        **kwargs: Given.kwargs,
    ) -> Result:
        """Do a piece of work; `task` gets an empty folder of its own as its first argument.

        Raises:
            Invalid: it needs more time or memory than one submission may use.
            Unavailable: too much is waiting to be read, or its process was lost without its fault.
            DiskFull: there is no room to read it.
        """
        if self._pending >= MOST_WAITING * self._settings.readers:
            raise Unavailable("too many submissions are being read", retry_after_s=5)
        self._pending += 1
        folder = self._folder / secrets.token_hex(8)
        try:
            self._make(folder)
            return await self._pool.run(task, folder, *args, **kwargs)
        except TimeoutError:
            limit = self._settings.reader_time_s
            raise Invalid(f"reading it takes longer than {limit:g} s; submit less") from None
        except (MemoryError, ProcessExpired):
            limit = self._settings.reader_memory_mb
            raise Invalid(f"reading it takes more than {limit:,} MiB of memory") from None
        finally:
            self._pending -= 1
            shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """End every process."""
        self._pool.close()
        self._kept.close()

    def _make(self, folder: Path) -> None:
        """Make the folder of a piece of work, in that of the pool, which comes with the first."""
        try:
            if not self._made:
                self._kept.enter_context(scratch(self._settings.scratch, self._name))
                self._made = True
            folder.mkdir()
        except OSError as trouble:
            raise DiskFull("what is submitted cannot be put aside") from trouble

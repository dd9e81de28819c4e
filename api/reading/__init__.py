"""Reading what is submitted and kept, in processes apart: hostile or heavy, it harms nothing else.

Enters: a function of `api.reading.tasks` or `api.reading.plans` and its arguments. Leaves: its
result. Each process has a limit on memory and each piece of work one on time; a process that breaks
either is replaced. Submissions have a lane of their own, beside what is read of the things kept,
and in each lane organisations are served in turn (`api.turns`).
"""

from __future__ import annotations

import secrets
import shutil
from contextlib import ExitStack
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from pebble import ProcessExpired

from api.errors import DiskFull, Invalid
from api.handling import aside
from api.reading.pool import Pool
from api.turns import Places, Turns
from optimizer.system.scratch import scratch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from api.settings import Settings

MOST_WAITING = 16
"""Pieces of work of one organisation that may wait in a lane; more are refused for the moment."""

Result = TypeVar("Result")
Given = ParamSpec("Given")


class Readers:
    """Two lanes: nobody who submits waits for reports, comparisons and downloads of others."""

    def __init__(self, settings: Settings) -> None:
        self.submissions = Lane(settings, settings.readers, "submissions")
        """For what is submitted and must be examined."""
        self.views = Lane(settings, settings.view_readers, "reports and downloads")
        """For what is read again of instances and plans that are kept."""

    def close(self) -> None:
        """End every process."""
        self.submissions.close()
        self.views.close()


class Lane:
    """A pool of reading processes; they start with the first piece of work."""

    def __init__(self, settings: Settings, processes: int, what: str) -> None:
        self._settings = settings
        self._name = f"reading-{secrets.token_hex(8)}"
        self._folder = settings.scratch / self._name
        self._kept = ExitStack()
        self._made = False
        of_one = max(1, processes - 1)
        what = f"{what} of your organisation"
        self.turns = Turns(Places(processes, of_one, MOST_WAITING, what))
        self._pool = Pool(settings, processes, self._folder)

    async def run(
        self,
        owner: str,
        task: Callable[Concatenate[Path, Given], Result],
        *args: Given.args,
        **kwargs: Given.kwargs,
    ) -> Result:
        """Do a piece of work of an organisation when it is its turn.

        `task` gets an empty folder of its own as its first argument.

        Raises:
            Invalid: it needs more time or memory than one submission may use.
            Unavailable: too much of this organisation is waiting to be read, or its process was
                lost without its fault.
            DiskFull: there is no room to read it.
        """
        async with aside(), self.turns.turn(owner):
            return await self._done(task, *args, **kwargs)

    async def _done(
        self,
        task: Callable[Concatenate[Path, Given], Result],
        *args: Given.args,
        **kwargs: Given.kwargs,
    ) -> Result:
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

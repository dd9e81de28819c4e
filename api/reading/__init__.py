"""Reading what is submitted, in processes of its own: hostile or heavy, it harms nothing else.

Enters: a function of `api.reading.tasks` and its arguments. Leaves: its result. Each process has a
limit on memory and each piece of work one on time; a process that breaks either is replaced.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessPool

from api.errors import Invalid, Unavailable
from api.reading.guard import guarded

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.settings import Settings

MOST_WAITING = 16
"""Pieces of work for one process, at work or waiting; more are refused for the moment."""
TASKS = 100
"""Pieces of work after which a process is replaced, so that no memory is held for ever."""

Result = TypeVar("Result")
Given = ParamSpec("Given")


class Readers:
    """A pool of reading processes; they start with the first piece of work."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        name = f"lodestone-reading-{secrets.token_hex(8)}"
        self._folder = Path(tempfile.gettempdir(), name)  # Made with the first process.
        self._pending = 0
        self._pool = ProcessPool(
            max_workers=settings.readers,
            max_tasks=TASKS,
            initializer=guarded,
            initargs=(os.getpid(), str(self._folder), settings.reader_memory_mb),
            context=multiprocessing.get_context("spawn"),
        )

    async def run(
        self,
        task: Callable[Concatenate[Path, Given], Result],
        *args: Given.args,
        **kwargs: Given.kwargs,
    ) -> Result:
        """Do a piece of work; `task` gets an empty folder of its own as its first argument.

        Raises:
            Invalid: it needs more time or memory than one submission may use.
            Unavailable: too much is waiting to be read.
        """
        if self._pending >= MOST_WAITING * self._settings.readers:
            raise Unavailable("too many submissions are being read", retry_after_s=5)
        self._pending += 1
        folder = self._folder / secrets.token_hex(8)
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            folder.mkdir()
            future = self._pool.schedule(
                task, args=(folder, *args), kwargs=kwargs, timeout=self._settings.reader_time_s
            )
            return await asyncio.wrap_future(future)
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
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()
        shutil.rmtree(self._folder, ignore_errors=True)

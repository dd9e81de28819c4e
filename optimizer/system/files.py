"""Files and folders that are written whole or not at all, and places that are tried beforehand.

Enters: a place. Leaves: what was written there, or the place as it was. Everything is written
beside the place, in a folder of the same file system, and renamed when it is complete: a full disk,
a lost mount or an interruption leaves nothing half made, and what stood there before stands.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMULA_STARTS = ("=", "+", "-", "@")
"""First characters that make a spreadsheet run a text cell as a formula."""
TRIED_BYTES = 2**16
"""Room that a place must have to be worth a long computation."""


@contextmanager
def whole_file(place: Path | str) -> Iterator[Path]:
    """A path to write a file to, with the name of the place; it goes there at the end.

    Raises:
        OSError: if it cannot be written; what was there is left as it was.
    """
    target = Path(place)
    with _beside(target) as folder:
        fresh = folder / target.name
        yield fresh
        fresh.replace(target)


@contextmanager
def whole_folder(place: Path | str) -> Iterator[Path]:
    """An empty folder to write into; at the end it stands in the place of what was there.

    Raises:
        OSError: if it cannot be written; what was there is left as it was.
    """
    target = Path(place)
    with _beside(target) as folder:
        fresh = folder / "new"
        fresh.mkdir()
        yield fresh
        old = folder / "old"
        if target.exists():
            target.rename(old)
        try:
            fresh.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise


@contextmanager
def files_into(place: Path | str) -> Iterator[Path]:
    """An empty folder to write files into; at the end they join what else is in the place.

    A new place appears whole. In a folder that is there, a file goes in the place of one of the
    same name only when all of them are complete.

    Raises:
        OSError: if they cannot be written; nothing of the place has changed then.
    """
    target = Path(place)
    if not target.is_dir():
        with whole_folder(target) as fresh:
            yield fresh
        return
    with _beside(target) as folder:
        fresh = folder / "new"
        fresh.mkdir()
        yield fresh
        for file in sorted(path for path in fresh.rglob("*") if path.is_file()):
            goal = target / file.relative_to(fresh)
            goal.parent.mkdir(parents=True, exist_ok=True)
            file.replace(goal)


def try_place(place: Path | str) -> None:
    """Try whether a file or folder can be written at a place; nothing is left there.

    Raises:
        OSError: as writing there would: no permission, no room, a file where a folder must be.
    """
    folder = Path(place).absolute().parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0" * TRIED_BYTES)
            file.flush()
            os.fsync(file.fileno())
    except OSError as trouble:
        raise OSError(trouble.errno, trouble.strerror, str(place)) from trouble


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A scratch folder beside a place; folders that were made for it go again if it fails."""
    made = _made(target.absolute().parent)
    try:
        folder = Path(
            tempfile.mkdtemp(prefix=f".{target.name[:40]}-", dir=target.absolute().parent)
        )
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except BaseException:
        for parent in reversed(made):
            with suppress(OSError):
                parent.rmdir()
        raise


def _made(folder: Path) -> list[Path]:
    """Make a folder with its parents; returns those that were not there, the outermost first."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    missing.reverse()
    for path in missing:
        path.mkdir(exist_ok=True)
    return missing

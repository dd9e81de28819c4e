"""Zip files from strangers: looked at before a byte is unpacked."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import TYPE_CHECKING

from optimizer.errors import Fault, InvalidInstance
from optimizer.formats import limits

if TYPE_CHECKING:
    from pathlib import Path

MOST_FILES = 100
"""Files of an instance's folder: one per table, the settings, and what else lies beside them."""
MOST_PARTS = 1_000
"""Parts of a workbook."""
LARGEST_RATIO = 500
"""Unzipped to zipped size of one file, beyond the first mebibyte."""
FREE_BYTES = 2**20
ENCRYPTED = 0x1
LINK = 0o120000
PLAIN_NAME = re.compile(r"[A-Za-z0-9_.\- ]{1,100}\Z")
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def refuse(message: str) -> InvalidInstance:
    """The exception for an archive that is not unpacked."""
    return InvalidInstance((Fault("archive", None, "", message),))


def opened(body: bytes, most: int) -> zipfile.ZipFile:
    """A zip file that is harmless to unpack.

    Args:
        body: its bytes.
        most: how many entries it may have.

    Raises:
        InvalidInstance: it is no zip file, is encrypted, has links, or would be too large.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(body))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError):
        raise refuse("is not a zip file that can be read") from None
    entries = archive.infolist()
    if len(entries) > most:
        raise refuse(f"has {len(entries):,} entries; at most {most:,} are read")
    for entry in entries:
        _check(entry)
    size = sum(entry.file_size for entry in entries)
    if size > limits.UNZIPPED_BYTES:
        most_mib = limits.UNZIPPED_BYTES // 2**20
        raise refuse(f"unzips to {size / 2**20:,.0f} MiB; at most {most_mib} are read")
    return archive


def unpack(body: bytes, folder: Path) -> None:
    """Unpack the folder of an instance: flat, or within one top folder.

    Raises:
        InvalidInstance: as `opened`, or a name is not that of a plain file.
    """
    with opened(body, MOST_FILES) as archive:
        files = [entry for entry in archive.infolist() if not entry.is_dir()]
        names = _names([entry.filename for entry in files])
        if len({name.casefold() for name in names}) < len(names):
            raise refuse("has two files of one name")
        for entry, name in zip(files, names, strict=True):
            (folder / name).write_bytes(_content(archive, entry))


def _names(paths: list[str]) -> list[str]:
    """Names of files without the one folder that may be around all of them."""
    tops = {path.partition("/")[0] for path in paths}
    if len(tops) == 1 and all("/" in path for path in paths):
        paths = [path.partition("/")[2] for path in paths]
    if not all(PLAIN_NAME.match(name) and name.strip(".") for name in [*paths, *tops]):
        raise refuse("has a name that is not that of a plain file in one folder")
    return paths


def _check(entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & ENCRYPTED:
        raise refuse("is encrypted")
    if (entry.external_attr >> 16) & 0o170000 == LINK:
        raise refuse("holds a link")
    if entry.compress_type not in METHODS:
        raise refuse("is compressed in a way that is not read; use deflate")
    if entry.file_size > FREE_BYTES and entry.file_size > LARGEST_RATIO * entry.compress_size:
        raise refuse(f"holds a file that unzips to more than {LARGEST_RATIO} times its size")


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The bytes of one entry; never more than it declares."""
    try:
        with archive.open(entry) as file:
            return file.read(entry.file_size)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise refuse("is damaged") from None

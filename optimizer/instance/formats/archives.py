"""Zip files from strangers: looked at before a byte is unpacked.

The folder of an instance as people zip it: flat or within one folder, with what macOS and Windows
leave beside it, which is passed over. Whatever else is not read is named.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from optimizer.instance.formats import limits
from optimizer.instance.formats.beside import (
    LEFT_BY_SYSTEMS,
    SETTINGS_FILE,
    SYSTEM,
    TABULAR,
    is_missing,
    is_quiet,
)
from optimizer.instance.formats.folder import read_folder
from optimizer.instance.formats.source import content, refused
from optimizer.system.scratch import temporary
from optimizer.vocabulary.plan_tables import DO_NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.instance.formats.source import Source

MOST_FILES = 1_000
"""Files of an instance's folder: tables, settings, what lies beside them, and what systems add."""
MOST_PARTS = 1_000
"""Parts of a workbook."""
LARGEST_RATIO = 500
"""Unzipped to zipped size of one file, beyond the first mebibyte."""
FREE_BYTES = 2**20
ENCRYPTED = 0x1
LINK = 0o120000
LONGEST_NAME = 100
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Member(NamedTuple):
    """One file of an archive."""

    path: PurePosixPath
    entry: zipfile.ZipInfo


def read_zip(path: Path) -> Source:
    """Read the folder of an instance from a zip file, without judging its values."""
    body = content(path)
    with temporary() as folder:
        unpacked = folder / "unpacked"
        unpacked.mkdir()
        unpack(body, unpacked, path.name)
        return read_folder(unpacked)


def opened(body: bytes, most: int, file: str = "archive") -> zipfile.ZipFile:
    """A zip file that is harmless to unpack.

    Args:
        body: its bytes.
        most: how many entries it may have.
        file: what faults call it.

    Raises:
        InvalidInstance: it is no zip file, is encrypted, has links, or would be too large.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(body))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError):
        raise refused(file, "is not a zip file that can be read") from None
    entries = archive.infolist()
    if len(entries) > most:
        raise refused(file, f"has {len(entries):,} entries; at most {most:,} are read")
    for entry in entries:
        if trouble := trouble_of(entry):
            raise refused(file, f"'{entry.filename}' {trouble}")
    size = sum(entry.file_size for entry in entries)
    if size > limits.UNZIPPED_BYTES:
        most_mib = limits.UNZIPPED_BYTES // 2**20
        raise refused(file, f"unzips to {size / 2**20:,.0f} MiB; at most {most_mib} are read")
    return archive


def trouble_of(entry: zipfile.ZipInfo) -> str:
    """Why an entry is not unpacked; nothing where it may be."""
    if entry.flag_bits & ENCRYPTED:
        return "is encrypted; zip the folder without a password"
    if (entry.external_attr >> 16) & 0o170000 == LINK:
        return "is a link; zip the file itself"
    if entry.compress_type not in METHODS:
        return "is compressed in a way that is not read; use deflate"
    if entry.file_size > FREE_BYTES and entry.file_size > LARGEST_RATIO * entry.compress_size:
        return f"unzips to more than {LARGEST_RATIO} times its size"
    return ""


def unpack(body: bytes, folder: Path, file: str = "archive") -> None:
    """Unpack the folder of an instance: flat, or within one top folder.

    Args:
        body: the bytes of the zip file.
        folder: where the files go.
        file: what faults call the zip file.

    Raises:
        InvalidInstance: as `opened`, or a file cannot be one of the folder.
    """
    with opened(body, MOST_FILES, file) as archive:
        found = list(members(archive, file))
        root = root_of(found, file)
        names: dict[str, str] = {}
        for path, entry in found:
            if path.parent != root:
                continue
            if other := names.get(path.name.casefold()):
                raise refused(file, f"'{other}' and '{path.name}' are two files of one name")
            names[path.name.casefold()] = path.name
            (folder / path.name).write_bytes(bytes_of(archive, entry, file))
        tables = {PurePosixPath(name).stem for name in names.values()}
        for path, _ in found:
            check_elsewhere(path, root, tables, file)


def members(archive: zipfile.ZipFile, file: str) -> Iterator[Member]:
    """The files of an archive but for what systems leave; unsafe names are refused."""
    for entry in archive.infolist():
        name = entry.filename.replace("\\", "/")
        parts = name.removesuffix("/").split("/")
        if entry.is_dir() or name.endswith("/"):
            continue
        if not all(is_plain(part) for part in parts):
            raise refused(file, f"'{entry.filename}' is not the name of a plain file in a folder")
        if not any(part.startswith(LEFT_BY_SYSTEMS) or part.casefold() in SYSTEM for part in parts):
            yield Member(PurePosixPath(name), entry)


def is_plain(part: str) -> bool:
    """Whether a part of a path names a file or folder and leads nowhere else."""
    return (
        0 < len(part) <= LONGEST_NAME
        and part.strip(". ") != ""
        and part.isprintable()
        and not any(sign in part for sign in ':*?"<>|')
    )


def root_of(found: list[Member], file: str) -> PurePosixPath:
    """The folder of the instance: where its settings are, or the one that is around all files."""
    roots = {path.parent for path, _ in found if path.name == SETTINGS_FILE}
    least = min((len(root.parts) for root in roots), default=0)
    nearest = sorted(root for root in roots if len(root.parts) == least)
    if len(nearest) > 1:
        names = " and ".join(f"'{root}'" for root in nearest[:2])
        raise refused(file, f"holds several instances ({names}, …); zip one folder")
    if nearest:
        return nearest[0]
    tops = {path.parts[0] if len(path.parts) > 1 else "" for path, _ in found}
    return PurePosixPath(tops.pop()) if len(tops) == 1 else PurePosixPath()


def check_elsewhere(path: PurePosixPath, root: PurePosixPath, tables: set[str], file: str) -> None:
    """Refuse data outside the instance's folder; a folder within it is left alone, as on a disk.

    But for tables that the instance lacks, and what lies deeper; a plan has a folder of its own for
    doing nothing.
    """
    folder = path.parent.parent if path.parent.name == DO_NOTHING else path.parent
    if path.parent == root or path.suffix.lower() not in TABULAR or is_quiet(path.name):
        return
    if folder.parent == root and root != folder and not is_missing(path.name, tables):
        return
    where = "the top folder" if root == PurePosixPath() else f"'{root}'"
    message = f"'{path}' is not in {where}, where the instance is; move it there or leave it out"
    raise refused(file, message)


def bytes_of(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, file: str) -> bytes:
    """The bytes of one entry; never more than it declares."""
    try:
        with archive.open(entry) as opened_entry:
            return opened_entry.read(entry.file_size)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise refused(file, f"'{entry.filename}' is damaged") from None

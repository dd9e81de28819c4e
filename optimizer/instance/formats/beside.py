"""Other files in an instance's folder: notes are left alone, what looks like a table is told."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from optimizer.errors import Fault
from optimizer.instance.formats.names import REMARK, SETTINGS, folded, table_meant, table_named

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

SETTINGS_FILE = "instance.toml"

LEFT_BY_SYSTEMS = (".", "~$")
"""How the names of hidden files begin, and of locks of office programs."""
SYSTEM = frozenset({"thumbs.db", "desktop.ini", "icon\r", "__macosx"})
"""Files that Windows and macOS leave."""
NOTES = frozenset({
    "readme", "license", "licence", "notice", "sources", "changelog", "notes", "expected",
    "makefile",
})  # fmt: skip
"""Files about an instance, whatever their ending."""
DOCUMENTS = frozenset({
    ".md", ".rst", ".pdf", ".doc", ".docx", ".odt", ".rtf", ".ppt", ".pptx", ".odp", ".html",
    ".htm", ".png", ".jpg", ".jpeg", ".svg", ".gif", ".webp", ".py", ".ipynb", ".sh", ".r", ".log",
    ".eml", ".msg",
})  # fmt: skip
"""Endings of what is read by people or run, and never a table."""
TABULAR = frozenset({
    ".csv", ".tsv", ".tab", ".txt", ".xls", ".xlsx", ".xlsm", ".xlsb", ".ods", ".fods", ".numbers",
    ".json", ".toml", ".parquet", ".feather", ".zip", ".gz", ".dat",
})  # fmt: skip
"""Endings of data, of which several may follow each other: `policies.csv.txt`."""
COPIES = frozenset({".bak", ".orig", ".old", ".tmp", ".swp", ".save"})
"""Endings that editors give to what a file held before."""


def is_quiet(name: str) -> bool:
    """Whether a file's name says that it is no part of an instance, so that nothing is said."""
    if name.startswith((*LEFT_BY_SYSTEMS, REMARK)) or name.casefold() in SYSTEM:
        return True
    path = PurePath(name)
    if path.suffix.lower() == ".csv":
        return False
    if folded(path.stem.split(".")[0]) in NOTES:
        return True
    return path.suffix.lower() in DOCUMENTS and not table_named(path.stem)


def bare(name: str) -> str:
    """A file's name without its endings: `policies` of `policies.csv.txt`."""
    path = PurePath(name.rstrip("~ "))
    while path.suffix.rstrip().lower() in TABULAR | COPIES | DOCUMENTS:
        path = PurePath(path.stem.rstrip())
    return path.name


def tell_file(name: str, tables: Collection[str]) -> tuple[Fault | None, str]:
    """The fault of a file beside the tables, and the table that it may have been meant for.

    Args:
        name: the file's name.
        tables: the tables, and `settings`, that are there under their right names.
    """
    if is_quiet(name):
        return None, ""
    stem = bare(name)
    meant = table_meant(stem)
    path = PurePath(name)
    is_copy = name.endswith("~") or path.suffix.lower() in COPIES
    if not meant or (is_copy and meant in tables):
        message = f"'{name}' is no table of an instance and is not read"
        return Fault(name, None, "", message, "warning"), ""
    if path.suffix == ".csv" and meant != SETTINGS:
        hint = f"(did you mean {meant}?)"
    else:
        right = SETTINGS_FILE if meant == SETTINGS else f"{meant}.csv"
        hint = f"(did you mean {right}? then save it as that)"
    return Fault(name, None, "", f"'{name}' is no table of an instance {hint}"), meant


def tell_folder(name: str, files: Iterable[str], tables: Collection[str]) -> list[Fault]:
    """Warnings about tables in a folder beside the tables, where they are not read.

    Args:
        name: the folder's name.
        files: names of what it holds.
        tables: the tables that are there, whose namesakes in the folder nobody misses.
    """
    held = sorted(files)
    if is_quiet(name) or "plan.json" in held:
        return []
    return [
        Fault(f"{name}/{file}", None, "", "is in a folder of its own and is not read", "warning")
        for file in held
        if is_missing(file, tables)
    ]


def is_missing(file: str, tables: Collection[str]) -> bool:
    """Whether a file elsewhere is a table that the instance lacks."""
    path = PurePath(file)
    return path.suffix == ".csv" and path.stem == table_named(path.stem) not in tables

"""Reading and writing instances: a folder of CSV files or a zip of it, a document, a workbook.

All say the same and convert into each other without loss.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.bundled import instance_path
from optimizer.errors import InvalidInstance, OptimizerError
from optimizer.instance.formats.archives import read_zip
from optimizer.instance.formats.assembly import Examination, examine_source
from optimizer.instance.formats.document import read_document, write_document
from optimizer.instance.formats.folder import read_folder, write_folder
from optimizer.instance.formats.source import refused
from optimizer.instance.formats.workbook import read_workbook
from optimizer.instance.formats.workbook_writing import write_workbook

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.instance.formats.source import Source

__all__ = ["Examination", "convert", "examine", "load", "save"]

WORKBOOKS = (".xlsx", ".xlsm", ".ods")
FORMATS = "a folder of CSV files, .json, .xlsx, .xlsm, .ods or .zip (of a folder)"
"""What is read."""
WRITTEN = "a folder of CSV files, .json or .xlsx"
"""What is written."""
ADVICE = {
    ".xls": "; save it as .xlsx",
    ".xlsb": "; save it as .xlsx",
    ".fods": "; save it as .ods",
    ".numbers": "; export it as .xlsx",
    ".csv": "; one table is no instance: name the folder of its tables",
    ".toml": "; name the folder that it is in",
}
"""What to do with a file of another format."""


def examine(path: str | Path) -> Examination:
    """Read an instance and tell everything wrong or worth a look, with file and row."""
    try:
        return examine_source(read(Path(path)))
    except InvalidInstance as fault:
        return Examination(None, fault.faults)


def read(path: Path) -> Source:
    """Read a folder, a zip file, a JSON document or a workbook, without judging its values."""
    path = instance_path(path)
    if path.is_dir():
        return read_folder(path)
    if not path.is_file():
        raise refused(path.name, "there is no such file or folder")
    suffix = path.suffix.lower()
    if suffix == ".json":
        return read_document(path)
    if suffix in WORKBOOKS:
        return read_workbook(path)
    if suffix == ".zip":
        return read_zip(path)
    advice = ADVICE.get(suffix, "")
    raise refused(path.name, f"'{suffix}' is not a format of instances: {FORMATS}{advice}")


def load(path: str | Path) -> Instance:
    """Read a valid instance from a folder, a zip file of one, a JSON document or a workbook.

    Raises:
        InvalidInstance: with every error; warnings are left to `examine`.
    """
    instance, faults = examine(path)
    if instance is None:
        raise InvalidInstance(tuple(fault for fault in faults if fault.level == "error"))
    return instance


def save(instance: Instance, path: str | Path) -> None:
    """Write an instance as a folder (no suffix), a JSON document or a workbook.

    Raises:
        OptimizerError: if the suffix is none of these, or a cell does not fit the format.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if target.is_dir() or not suffix:
        write_folder(instance, target)
    elif suffix == ".json":
        write_document(instance, target)
    elif suffix == ".xlsx":
        write_workbook(instance, target)
    else:
        raise OptimizerError(f"'{suffix}' is not a format of instances that is written: {WRITTEN}")


def convert(source: str | Path, target: str | Path) -> None:
    """Read an instance in one format and write it in another."""
    save(load(source), target)

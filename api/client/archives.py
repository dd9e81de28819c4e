"""Folders as zip files: instances on their way to the service, plans on their way back."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

from optimizer.errors import InvalidPlan
from optimizer.instance.formats.beside import is_quiet
from optimizer.system.scratch import temporary
from optimizer.vocabulary.plan_tables import DO_NOTHING

if TYPE_CHECKING:
    from pathlib import Path

    from optimizer.plan import Plan

JSON = "application/json"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP = "application/zip"
KINDS = {
    ".json": JSON,
    ".xlsx": XLSX,
    ".xlsm": "application/vnd.ms-excel.sheet.macroEnabled.12",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".zip": ZIP,
}
MEMBER = re.compile(rf"({DO_NOTHING}/)?[a-z0-9_]{{1,64}}\.(json|parquet)")


def content_of(source: Path) -> tuple[bytes, str]:
    """An instance's file or folder as the body of a request, with its media type.

    Of a folder all is sent but what is never a table, so that the service tells of misnamed ones.

    Raises:
        OSError: it cannot be read.
    """
    if source.is_dir():
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
            for file in sorted(source.iterdir()):
                if file.is_file() and not is_quiet(file.name):
                    packed.write(file, file.name)
        return target.getvalue(), ZIP
    return source.read_bytes(), KINDS.get(source.suffix.lower(), JSON)


def plan_in(archive: bytes) -> Plan:
    """The plan in a zip file of its folder.

    Raises:
        InvalidPlan: it is not one.
    """
    from optimizer.plan.files import load_plan

    with temporary() as folder:
        unpacked = folder / "unpacked"
        unpacked.mkdir()
        try:
            with zipfile.ZipFile(io.BytesIO(archive)) as packed:
                for name in packed.namelist():
                    if MEMBER.fullmatch(name):
                        (unpacked / name).parent.mkdir(exist_ok=True)
                        (unpacked / name).write_bytes(packed.read(name))
        except zipfile.BadZipFile as trouble:
            raise InvalidPlan("the service sent no plan's archive") from trouble
        return load_plan(unpacked)

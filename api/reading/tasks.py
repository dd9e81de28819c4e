"""What is done in a reading process: plain functions of bytes, each with a scratch folder.

Stored documents are canonical JSON: the bytes that `content_hash` is the hash of.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import TYPE_CHECKING, NamedTuple

from api.reading.faults import place_of, text_of
from api.resources.examined import CHANGES, Examined
from api.resources.jobs import LockProject, ScaleBudget, SetValue, SwitchPolicy
from api.sponsors import OF_PROJECTS, SUBMITTED
from optimizer.errors import InvalidInstance, OptimizerError
from optimizer.instance import Instance
from optimizer.instance.formats.archives import MOST_PARTS, opened, unpack
from optimizer.instance.formats.assembly import Examination, examine_source
from optimizer.instance.formats.document import source_of
from optimizer.instance.formats.folder import read_folder, write_folder
from optimizer.instance.formats.source import refused
from optimizer.instance.formats.workbook import read_workbook
from optimizer.instance.formats.workbook_writing import write_workbook
from optimizer.instance.validation import assumed_values, faults_of

if TYPE_CHECKING:
    from pathlib import Path

    from api.errors import Place
    from api.resources.instances import InstanceFormat
    from api.resources.jobs import Change
    from optimizer.errors import Fault

MOST_FAULTS = 1_000
"""Faults that are listed; the number of the others is told."""
MOST_WARNINGS = 100


class Read(NamedTuple):
    """A valid instance."""

    document: bytes
    examined: Examined


class Refused(NamedTuple):
    """Everything wrong with a submission."""

    faults: tuple[str, ...]
    left_out: int = 0
    places: tuple[Place, ...] = ()


def examine(folder: Path, form: InstanceFormat, body: bytes) -> Read | Refused:
    """Read an instance as it was submitted."""
    try:
        instance, faults = _examination(folder, form, body)
    except InvalidInstance as trouble:
        instance, faults = None, trouble.faults
    if instance is None:
        return _refused(faults)
    return _read(instance, faults)


def change(folder: Path, document: bytes, changes: bytes) -> Read | Refused:
    """Make a what-if of a stored instance; `changes` is JSON of typed changes."""
    instance = Instance.model_validate_json(document)
    values: dict[str, object] = {}
    factor = 1.0
    for one in CHANGES.validate_json(changes):
        if isinstance(one, ScaleBudget):
            factor *= one.factor
        else:
            values |= _value(one)
    try:
        changed = instance.changed(values, budget_factor=factor)
    except InvalidInstance as trouble:
        return _refused(trouble.faults)
    return _read(changed, faults_of(changed))


def workbook(folder: Path, document: bytes) -> bytes | Refused:
    """A stored instance as an Excel workbook."""
    path = folder / "instance.xlsx"
    try:
        write_workbook(Instance.model_validate_json(document), path)
    except OptimizerError as trouble:
        return Refused((str(trouble),))
    return path.read_bytes()


def archive(folder: Path, document: bytes) -> bytes:
    """A stored instance as a zip file of its CSV folder; equal instances give equal bytes."""
    write_folder(Instance.model_validate_json(document), folder)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(folder.iterdir()):
            entry = zipfile.ZipInfo(path.name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, path.read_bytes())
    return target.getvalue()


def rows_of(folder: Path, document: bytes, projects: list[str]) -> bytes:
    """The rows of a stored instance that are about some projects, as JSON; nothing else of it."""
    instance = Instance.model_validate_json(document)
    found = {
        table: [
            row.model_dump(mode="json", include=SUBMITTED[table])
            for row in getattr(instance, table)
            if getattr(row, field) in projects
        ]
        for table, field in OF_PROJECTS.items()
    }
    return json.dumps(found, allow_nan=False).encode()


def _examination(folder: Path, form: InstanceFormat, body: bytes) -> Examination:
    if form == "json":
        try:
            text = body.decode("utf-8-sig")
        except UnicodeDecodeError as trouble:
            raise refused("document", f"byte {trouble.start} is not UTF-8 text") from None
        return examine_source(source_of(text, "document"))
    if form == "zip":
        unpack(body, folder)
        return examine_source(read_folder(folder))
    opened(body, MOST_PARTS).close()
    path = folder / f"workbook.{form}"
    path.write_bytes(body)
    try:
        source = read_workbook(path)
    except (InvalidInstance, MemoryError):
        raise
    except Exception:  # Whatever a forged workbook makes its reader stumble over.
        raise refused(path.name, "is not a workbook that can be read; save it anew") from None
    return examine_source(source)


def _value(change: Change) -> dict[str, object]:
    """New values by path; an empty text stands for the default."""
    match change:
        case SetValue():
            return {change.path: "" if change.value is None else change.value}
        case LockProject():
            locked = "" if change.locked == "free" else change.locked
            return {f"projects.{change.project}.locked": locked}
        case SwitchPolicy():
            return {f"policies.{change.policy}.enabled": change.enabled}
    raise AssertionError(change)


def _read(instance: Instance, faults: tuple[Fault, ...] | list[Fault]) -> Read:
    document = instance.canonical
    assumed, total = assumed_values(instance)
    tables = {name: len(getattr(instance, name)) for name in Instance.tables()}
    examined = Examined(
        name=instance.settings.id,
        title=instance.settings.title,
        content_hash=hashlib.sha256(document).hexdigest(),
        size_bytes=len(document),
        rows={name: rows for name, rows in tables.items() if rows},
        assumed_share=assumed / total if total else 0.0,
        warnings=tuple(text_of(fault) for fault in faults[:MOST_WARNINGS]),
    )
    return Read(document, examined)


def _refused(faults: tuple[Fault, ...]) -> Refused:
    errors = [fault for fault in faults if fault.level == "error"]
    listed = tuple(text_of(fault) for fault in errors[:MOST_FAULTS])
    places = tuple(place_of(fault) for fault in errors[:MOST_FAULTS])
    return Refused(listed, len(errors) - len(listed), places)

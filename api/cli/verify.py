"""The command that verifies a decision record without the service, years later if need be."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from optimizer.cli.outcomes import Ending, complain, end, refuse, say

if TYPE_CHECKING:
    from collections.abc import Callable

PLAN_FILE = "plan.json"
LARGEST = 2**31
"""Bytes of a file of a plan, at most."""
NEEDED = ("plan_id", "review", "steps", "tables", "document_sha256", "signature")
UNCHECKED = (
    "that the plan is the best one (its proof and certificate are words of the record), who the "
    "people behind the identifiers are, and what happened after the record was made"
)


RecordFile = Annotated[Path, typer.Argument(help="Decision record, a JSON file.")]
Key = Annotated[
    str | None, typer.Option(help="The service's public key, base64: `lodestone keys signing`.")
]
PlanPlace = Annotated[
    Path | None, typer.Option(help="The plan: the folder or zip file of its archive.")
]


def verify(record: RecordFile, key: Key = None, plan: PlanPlace = None) -> None:
    """Verify a decision record offline: its signature, and the files of its plan.

    It is said in words what was checked and what was not. The exit code is 1 where something was
    altered.
    """
    found = read_record(record)
    signed = _signed(found, key)
    sound = signed and (plan is None or _same(found, plan))
    if plan is None:
        say("not checked: the plan's document and tables; give the archive with --plan")
    if key is None:
        say("not checked: whether the key is the service's; give its public key with --key")
    say(f"not checked: {UNCHECKED}")
    if not sound:
        end(Ending.FAILED)


def read_record(path: Path) -> dict[str, Any]:
    """A decision record as JSON; ends the command where the file is none."""
    try:
        found = json.loads(path.read_bytes())
    except OSError as trouble:
        refuse(f"{path}: {trouble.strerror}")
    except (ValueError, RecursionError):
        refuse(f"{path}: is not JSON; save what GET …/decision-record answers")
    if not isinstance(found, dict) or any(name not in found for name in NEEDED):
        refuse(f"{path}: is no decision record; save what GET …/decision-record answers")
    return found


def _signed(record: dict[str, Any], key: str | None) -> bool:
    """Whether the signature is good; says so."""
    from api.signing import good_signature

    signature = record["signature"]
    own = signature.get("public_key") if isinstance(signature, dict) else None
    if not isinstance(own, str):
        complain("lodestone: the record is not signed")
        return False
    try:
        good = good_signature(record, key or own)
    except ValueError:
        if key is not None:
            refuse("--key: is no public key; `lodestone keys signing` writes it")
        good = False
    if not good:
        complain("lodestone: ALTERED, or signed by another key: the signature does not fit")
        return False
    say(f"checked: the record is whole, as it was signed by the key {key or own}")
    signatures = (("reviewed", "reviewed"), ("reviewed", "signed_off"))
    steps = record["steps"]
    signers = [_name(step) for step in steps if (step["before"], step["after"]) in signatures]
    by = f"; signed by {', '.join(signers)}" if signers else "; nobody has signed it"
    say(f"it says: {record['plan_id']} is {record['review']}{by}")
    return True


def _name(step: dict[str, Any]) -> str:
    """Who took a step; records of earlier versions have no names."""
    return f"{step['by_name']} ({step['by']})" if "by_name" in step else str(step["by"])


def _same(record: dict[str, Any], plan: Path) -> bool:
    """Whether the files of a plan are those of the record; says so."""
    from api.canonical import sha256_of
    from optimizer.vocabulary.plan_tables import file_of

    names, read = _files(plan)
    found = []
    tables = {file_of(name): sha256 for name, sha256 in record["tables"].items()}
    for name in sorted({PLAN_FILE, *tables} - names):
        found.append(f"{name}: is missing")
    for name in sorted(names - {PLAN_FILE, *tables}):
        found.append(f"{name}: is no part of the plan")
    for name in sorted(names & {PLAN_FILE, *tables}):
        content = read(name)
        if name != PLAN_FILE:
            same = hashlib.sha256(content).hexdigest() == tables[name]
        else:
            try:
                same = sha256_of(json.loads(content)) == record["document_sha256"]
            except (ValueError, RecursionError):
                same = False
        if not same:
            found.append(f"{name}: ALTERED, its SHA-256 is not the record's")
    for words in found:
        complain(f"lodestone: {plan}: {words}")
    if not found:
        say(f"checked: {PLAN_FILE} and {len(tables)} tables of {plan} are those of the record")
    return not found


def _files(plan: Path) -> tuple[set[str], Callable[[str], bytes]]:
    """Names of the files of a folder or zip file, and what reads one of them."""
    try:
        if plan.is_dir():
            files = {
                path.relative_to(plan).as_posix() for path in plan.rglob("*") if path.is_file()
            }
            return files, lambda name: (plan / name).read_bytes()
        packed = zipfile.ZipFile(plan)
        if any(entry.file_size > LARGEST for entry in packed.infolist()):
            refuse(f"{plan}: holds a file that is too large for a plan")
        return {entry.filename for entry in packed.infolist() if not entry.is_dir()}, packed.read
    except OSError as trouble:
        refuse(f"{plan}: {trouble.strerror}")
    except zipfile.BadZipFile:
        refuse(f"{plan}: is neither a folder nor a zip file; give the plan's archive")

"""Plans as files: a folder with `plan.json`, one Parquet file per table and `policies.parquet`.

The tables of doing nothing are in `do_nothing/`, in files of the same names.

Enters: a plan, or a folder. Leaves: the folder, or an equal plan, every float bit for bit. A
folder is written beside its place and renamed, so that no reader ever meets half a plan.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from pydantic import ValidationError

from optimizer.errors import InvalidPlan
from optimizer.plan import Plan
from optimizer.plan.document import PLAN_FILE, PlanDocument, document_of
from optimizer.plan.tables import table, tables
from optimizer.system.files import FORMULA_STARTS, files_into, whole_folder
from optimizer.vocabulary.plan_tables import (
    BY_NAME,
    COLUMNS,
    OF_NOTHING,
    POLICY_COLUMNS,
    file_of,
    in_nothing,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.plan import Tables


def save_plan(plan: Plan, folder: Path | str) -> None:
    """Write a plan as a folder; a plan that is already there is replaced.

    Raises:
        InvalidPlan: where the place is taken by something that is not a plan.
        OSError: where it cannot be written; what was there is left as it was.
    """
    place = Path(folder)
    if place.exists() and not (place / PLAN_FILE).is_file() and not _empty_folder(place):
        raise InvalidPlan(f"{place}: exists and is not a plan; choose another folder")
    with whole_folder(place) as fresh:
        document = document_of(plan).model_dump_json(indent=1)
        (fresh / PLAN_FILE).write_text(document + "\n", encoding="utf-8")
        for name, frame in frames_of(plan):
            file = fresh / file_of(name)
            file.parent.mkdir(exist_ok=True)
            frame.to_parquet(file, engine="pyarrow", compression="zstd", index=False)


def load_plan(folder: Path | str) -> Plan:
    """Read a plan back, equal to the one that was saved.

    Raises:
        InvalidPlan: naming the file and what is wrong with it.
    """
    place = Path(folder)
    path = place / PLAN_FILE
    try:
        document = PlanDocument.model_validate_json(path.read_bytes())
    except OSError as trouble:
        raise InvalidPlan(f"{path}: {trouble.strerror}") from trouble
    except ValidationError as trouble:
        first = trouble.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise InvalidPlan(f"{path}: {field + ': ' if field else ''}{first['msg']}") from trouble
    return Plan(
        instance_id=document.instance_id,
        instance_hash=document.instance_hash,
        options=document.options,
        versions=document.versions,
        proof=document.proof,
        criteria=document.criteria,
        without_fund=document.without_fund,
        policies=_read(place, "policies", POLICY_COLUMNS),
        tables=tables({name: _read(place, name, columns) for name, columns in COLUMNS.items()}),
        certificate=document.certificate,
        legend=document.legend,
        do_nothing=_doing_nothing(place) if document.do_nothing else None,
        kept=document.kept,
        model=document.model,
    )


def _doing_nothing(place: Path) -> Tables:
    """The tables of doing nothing; those that it never has are empty."""
    return tables({name: _read(place, in_nothing(name), COLUMNS[name]) for name in OF_NOTHING})


def export_tables(plan: Plan, folder: Path | str) -> None:
    """Write every table as CSV for people; such a folder is not read back.

    A text cell that a spreadsheet would take for a formula gets a leading quote.
    """
    with files_into(folder) as fresh:
        for name, frame in frames_of(plan):
            safe = frame.copy()
            for column in safe.columns[safe.dtypes == "str"]:
                text = safe[column]
                safe[column] = text.where(~text.str.startswith(FORMULA_STARTS), "'" + text)
            file = (fresh / file_of(name)).with_suffix(".csv")
            file.parent.mkdir(exist_ok=True)
            safe.to_csv(file, index=False)


def plans_equal(one: Plan, other: Plan) -> bool:
    """Whether two plans say exactly the same, row by row and bit by bit."""
    return document_of(one) == document_of(other) and all(
        left.equals(right)
        for (_, left), (_, right) in zip(frames_of(one), frames_of(other), strict=True)
    )


def frames_of(plan: Plan) -> Iterator[tuple[str, pd.DataFrame]]:
    """Every table of a plan by name, with fixed columns and types.

    After its own come `policies` and, as `do_nothing.activity`, those of doing nothing, if it has
    them.
    """
    for name in COLUMNS:
        yield name, table(name, getattr(plan.tables, name))
    yield "policies", table("policies", plan.policies)
    for name in OF_NOTHING if plan.do_nothing is not None else ():
        yield in_nothing(name), table(name, getattr(plan.do_nothing, name))


def _read(place: Path, name: str, columns: tuple[str, ...]) -> pd.DataFrame:
    """One table of a plan folder; one that came with a later version may be missing.

    Raises:
        InvalidPlan: naming the file and what is wrong with it.
    """
    path = place / file_of(name)
    if not path.is_file() and name in BY_NAME and BY_NAME[name].is_later:
        return table(name)
    if not path.is_file():
        raise InvalidPlan(f"{path}: missing")
    try:
        frame = pd.read_parquet(path, engine="pyarrow")
    except (OSError, ValueError) as trouble:
        raise InvalidPlan(f"{path}: {trouble}") from trouble
    if tuple(frame.columns) != columns:
        found = ", ".join(str(column) for column in frame.columns)
        raise InvalidPlan(f"{path}: has columns {found}; expected {', '.join(columns)}")
    try:
        return table(name, frame)
    except InvalidPlan as trouble:
        raise InvalidPlan(f"{path}: {trouble}") from trouble


def _empty_folder(place: Path) -> bool:
    return place.is_dir() and not any(place.iterdir())

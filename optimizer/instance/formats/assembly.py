"""From plain values to an instance: every record built, every fault placed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from optimizer.errors import Fault, InvalidInstance
from optimizer.instance import Instance
from optimizer.instance.formats.messages import faults_in
from optimizer.instance.formats.rows import build_rows
from optimizer.instance.settings import Settings
from optimizer.instance.validation import Draft, contradictions, findings_of, unstated
from optimizer.instance.validation.findings import Rule, findings
from optimizer.instance.validation.references import REFERENCES, missing_rows, unknown_identifiers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from optimizer.instance.formats.rows import Rows
    from optimizer.instance.formats.source import Source
    from optimizer.instance.formats.table import Place
    from optimizer.instance.records import Row
    from optimizer.instance.validation import Finding


class Examination(NamedTuple):
    """What came of reading an instance."""

    instance: Instance | None
    """The instance; None if there is an error."""
    faults: tuple[Fault, ...]
    """Errors, then warnings, each in the order of the tables and their rows."""


def examine_source(source: Source) -> Examination:
    """Build the instance that a source describes, or tell every fault."""
    faults = list(source.faults)
    settings = build_settings(source, faults)
    tables = {
        name: build_rows(record, source.tables[name], faults)
        for name, record in Instance.tables().items()
        if name in source.tables
    }
    if settings is None and not tables:
        return Examination(None, in_order(source, faults))
    records = {name: tuple(rows.records) for name, rows in tables.items()}
    lost = {name: rows.lost for name, rows in tables.items() if not rows.whole}
    sound = settings is not None and all(fault.level == "warning" for fault in faults)
    if sound:
        try:
            instance = Instance.model_validate({"settings": settings} | records)
        except InvalidInstance:
            pass  # Its faults are found again below, where they get their file and row.
        else:
            found = placed(source, tables, judged(instance, source))
            kept = None if any(fault.level == "error" for fault in found) else instance
            return Examination(kept, in_order(source, [*faults, *found]))
    draft = Instance.model_construct(**({"settings": settings} | records))  # type: ignore[arg-type]
    if settings is None:
        lost["settings"] = None
    unreadable = {name for name, table in source.tables.items() if not table.readable}
    partial = [*findings_in(draft, lost), *unstated(Draft(draft, lost))]
    faults += placed(source, tables, independent(partial, unreadable))
    return Examination(None, in_order(source, faults))


def judged(instance: Instance, source: Source) -> list[Finding]:
    """What is to be said of an instance as it stands in a file.

    Besides the rules of every instance: what contradicts itself, and what is left empty. In a
    canonical document what is left out is a stated default.
    """
    draft = Draft(instance)
    found = [*findings_of(draft), *contradictions(instance)]
    empty = list(unstated(draft))
    canonical = bool(empty) and source.document.encode() == instance.canonical
    return found if canonical else [*found, *empty]


def build_settings(source: Source, faults: list[Fault]) -> Settings | None:
    """The settings, or None if something is wrong with them."""
    if source.settings is None:
        return None
    try:
        settings = Settings.model_validate(flat(source.settings))
        return None if source.settings_refused else settings
    except ValidationError as fault:
        for field, message in faults_in(Settings, fault):
            if field not in source.settings_refused:
                row, cell = source.settings_cells.get(field, (None, ""))
                faults.append(Fault(source.settings_file, row, field, message, cell=cell))
        return None


def flat(settings: dict[str, object]) -> dict[str, object]:
    """Settings whose weights are flat: TOML reads `attribute.jobs = 1` as a table in a table."""
    objective = settings.get("objective")
    if not isinstance(objective, dict) or not isinstance(objective.get("weights"), dict):
        return settings
    weights: dict[str, object] = {}
    pending = list(reversed(objective["weights"].items()))
    while pending:
        name, value = pending.pop()
        if isinstance(value, dict):
            pending += [(f"{name}.{part}", inner) for part, inner in reversed(value.items())]
        else:
            weights[name] = value
    return settings | {"objective": objective | {"weights": weights}}


def findings_in(draft: Instance, lost: dict[str, frozenset[str] | None]) -> list[Finding]:
    """What is wrong across the records of a draft; consequences of what is missing are left out.

    A row that many others name and that is not there is told once; it then counts as lost, so that
    no rule speaks of a table that lacks it.
    """
    missing = missing_rows(Draft(draft, lost))
    if not missing:
        return list(findings_of(Draft(draft, lost)))
    told = findings(Draft(draft, lost), [Rule(unknown_identifiers)])
    known = {name: lost.get(name, frozenset()) for name in missing}
    more = {name: None if found is None else found | missing[name] for name, found in known.items()}
    return list(dict.fromkeys([*told, *findings_of(Draft(draft, lost | more))]))


def independent(found: list[Finding], unreadable: set[str]) -> list[Finding]:
    """Findings that do not follow from tables that could not be read as they stand.

    Those about such tables, about rows that name theirs, and all warnings may do.
    """
    if not unreadable:
        return found
    related = unreadable | {row.table for row in REFERENCES if row.target in unreadable}
    return [one for one in found if one.level == "error" and one.table not in related]


def placed(
    source: Source, tables: dict[str, Rows[Row]], findings: Iterable[Finding]
) -> list[Fault]:
    """Findings as faults, at the file and row where their record stood."""
    found = list(findings)
    wanted = {finding.table for finding in found if finding.key is not None}
    where: dict[tuple[str, object], list[Place]] = defaultdict(list)
    for name in wanted & set(tables):
        for record, place in zip(tables[name].records, tables[name].places, strict=True):
            where[name, record.key_values()].append(place)
    faults = []
    for finding in found:
        row, cell = None, ""
        if finding.table == "settings":
            file = source.settings_file
            row, cell = source.settings_cells.get(finding.field, (None, ""))
        elif finding.key is None:
            file = source.place_of(finding.table)
        else:
            file, row = where[finding.table, finding.key][finding.occurrence]
            cell = source.tables[finding.table].cell(row, finding.field)
        faults.append(Fault(file, row, finding.field, finding.message, finding.level, cell))
    return faults


def in_order(source: Source, faults: Sequence[Fault]) -> tuple[Fault, ...]:
    """Errors, then warnings, each in the order of the tables and their rows."""
    files = [source.settings_file, *(source.place_of(name) for name in Instance.tables())]
    rank = {file: position for position, file in enumerate(files)}

    def key(fault: Fault) -> tuple[bool, int, int]:
        file, position = fault.parts
        return fault.level == "warning", rank.get(file, -1), fault.row or position or 0

    return tuple(sorted(faults, key=key))

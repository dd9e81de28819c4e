"""What-ifs: an instance with some of its data changed, and validated again.

A path names one cell: `settings.FIELD`, `settings.objective.FIELD`,
`settings.objective.weights.CRITERION` or `TABLE.KEY.FIELD`, the parts of a longer key separated
by a slash, for example `demand.motors/2031.demand_t_per_year`. A key may be a pattern with `*`,
which names every row that fits: `prices.lithium*.price_usd_per_t`. A path that ends in `*`
multiplies what is there: `prices.lithium*.price_usd_per_t*` by 0.5 halves the prices. A text is
read as a cell of a CSV file is, so that a command line can say `policies.cap.value=0.4`.
"""

from __future__ import annotations

import fnmatch
import math
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from optimizer.errors import Fault, InvalidInstance
from optimizer.instance import Instance
from optimizer.instance.formats.cells import EMPTY, from_text
from optimizer.instance.formats.columns import columns
from optimizer.instance.formats.messages import faults_in
from optimizer.instance.settings import Objective, Settings
from optimizer.instance.validation.references import key_text
from optimizer.instance.validation.words import suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optimizer.instance.records import Record, Row

WEIGHTS = "objective.weights."
TIMES = "*"
"""End of a path whose value is a factor."""
LARGEST_FACTOR = 1e6
MONEY = {
    "members": ("opening_cash_musd",),
    "contributions": ("amount_musd", "amount_million"),
}
"""What a budget factor multiplies, by table."""


class Cell(NamedTuple):
    """A cell that a path names."""

    table: str
    key: str
    field: str


def change(instance: Instance, paths: Mapping[str, object], budget_factor: float) -> Instance:
    """Return the instance with new values at some paths and all budgets multiplied.

    Args:
        instance: the instance to depart from; it stays as it is.
        paths: new values by path.
        budget_factor: multiplies every contribution and opening balance.

    Raises:
        InvalidInstance: naming every path that does not exist, every value that does not fit,
            and every rule across records that the change breaks.
    """
    faults: list[Fault] = []
    settings = changed_settings(instance.settings, paths, faults)
    values = new_values(instance, paths, faults)
    tables: dict[str, tuple[Row, ...]] = {
        name: changed_rows(instance, name, values, faults)
        for name in sorted({cell.table for cell in values})
    }
    tables |= scaled(instance, tables, budget_factor, faults)
    try:
        changed = Instance.model_validate(dict(instance) | {"settings": settings} | tables)
    except InvalidInstance as fault:
        raise InvalidInstance((*faults, *fault.faults)) from None
    if faults:
        raise InvalidInstance(tuple(faults))
    return changed


def new_values(
    instance: Instance, paths: Mapping[str, object], faults: list[Fault]
) -> dict[Cell, object]:
    """New value of every cell that the paths name; what does not fit becomes a fault."""
    found: dict[Cell, object] = {}
    for path, value in paths.items():
        times = path.endswith(TIMES)
        for cell in cells_of(instance, path.removesuffix(TIMES).rstrip(), path, faults):
            if cell in found:
                message = f"{cell.table}.{cell.key}.{cell.field} is changed more than once"
                faults.append(Fault(path, None, "", message))
            found[cell] = multiplied(instance, cell, value, path, faults) if times else value
    return found


def multiplied(
    instance: Instance, cell: Cell, value: object, path: str, faults: list[Fault]
) -> object:
    """What is in a cell times a factor: a number, or each number of several."""
    rows = getattr(instance, cell.table)
    now = next(getattr(row, cell.field) for row in rows if key_text(row) == cell.key)
    try:
        factor = float(str(value))
    except ValueError:
        factor = math.nan
    if not math.isfinite(factor):
        faults.append(Fault(path, None, "", f"'{value}' is not a factor"))
    elif isinstance(now, tuple) and all(is_number(part) for part in now):
        return tuple(part * factor for part in now)
    elif is_number(now):
        return now * factor
    elif now is not None:
        faults.append(Fault(path, None, "", f"{cell.field} is no number that could be multiplied"))
    return now


def is_number(value: object) -> bool:
    """Whether a value is a number, which a truth value is not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def cells_of(instance: Instance, path: str, said: str, faults: list[Fault]) -> list[Cell]:
    """The cells that a path names, or a fault; none for settings, which have no rows."""
    table, _, rest = path.partition(".")
    key, _, field = rest.rpartition(".")
    if table == "settings":
        if said != path:
            faults.append(Fault(said, None, "", "settings cannot be multiplied: say the value"))
        return []
    known = instance.tables()
    if table not in known:
        hint = suggestion(table, {*known, "settings"})
        faults.append(Fault(said, None, "", f"there is no table '{table}'{hint}"))
        return []
    if not key:
        message = f"a path has the form TABLE.KEY.FIELD, for example {table}.{rest or 'KEY'}.FIELD"
        faults.append(Fault(said, None, "", message))
        return []
    fields = known[table].model_fields
    every = {key_text(row) for row in getattr(instance, table)}
    keys = [key] if key in every else sorted(fnmatch.filter(every, key)) if "*" in key else []
    if not keys:
        message = f"{table} has no row '{key}'{suggestion(key, every)}"
        faults.append(Fault(said, None, "", message))
    if field not in fields:
        message = f"{table} has no field '{field}'{suggestion(field, set(fields))}"
        faults.append(Fault(said, None, "", message))
    elif field in known[table].key:
        message = f"'{field}' is part of the key of {table} and cannot be changed"
        faults.append(Fault(said, None, "", message))
    else:
        return [Cell(table, key, field) for key in keys]
    return []


def read(record: type[Record], changes: Mapping[str, object]) -> dict[str, object]:
    """New values with texts read as cells; an empty text stands for the default."""
    known = columns(record)
    found: dict[str, object] = {}
    for field, value in changes.items():
        column = known.get(field)
        said = from_text(column, value) if column and isinstance(value, str) else value
        default = record.model_fields[field].get_default(call_default_factory=True)
        found[field] = default if said is EMPTY else said
    return found


def changed_rows(
    instance: Instance, table: str, values: Mapping[Cell, object], faults: list[Fault]
) -> tuple[Row, ...]:
    """The rows of one table with their new values; those that do not fit stay as they were."""
    by_key: dict[str, dict[str, object]] = defaultdict(dict)
    for cell, value in values.items():
        if cell.table == table:
            by_key[cell.key][cell.field] = value
    record = instance.tables()[table]
    rows: list[Row] = []
    for row in getattr(instance, table):
        key = key_text(row)
        try:
            rows.append(row.replaced(**read(record, by_key[key])) if key in by_key else row)
        except ValidationError as fault:
            rows.append(row)
            for field, message in faults_in(record, fault):
                faults.append(Fault(f"{table}.{key}.{field}", None, "", message))
    return tuple(rows)


def changed_settings(
    settings: Settings, paths: Mapping[str, object], faults: list[Fault]
) -> Settings:
    """The settings with their new values; unchanged if one does not fit."""
    top: dict[str, object] = {}
    objective: dict[str, object] = {}
    weights: dict[str, object] = dict(settings.objective.weights)
    for path, value in paths.items():
        table, _, field = path.partition(".")
        inner = field.removeprefix("objective.")
        if table != "settings":
            continue
        if field.startswith(WEIGHTS) and field != WEIGHTS:
            weights[field.removeprefix(WEIGHTS)] = value
        elif field == "objective.weights" and not isinstance(value, str):
            objective["weights"] = value
        elif inner != field and inner in columns(Objective):
            objective[inner] = value
        elif field in columns(Settings):
            top[field] = value
        else:
            known = {*columns(Settings), *(f"objective.{name}" for name in columns(Objective))}
            message = f"settings have no field '{field}'{suggestion(field, known)}"
            faults.append(Fault(path, None, "", message))
    if not isinstance(objective.get("weights"), dict):
        objective["weights"] = weights
    nested = settings.objective.model_dump() | read(Objective, objective)
    try:
        plain = settings.model_dump() | read(Settings, top) | {"objective": nested}
        return Settings.model_validate(plain)
    except ValidationError as fault:
        for field, message in faults_in(Settings, fault):
            faults.append(Fault(f"settings.{field}", None, "", message))
        return settings


def scaled(
    instance: Instance, tables: Mapping[str, tuple[Row, ...]], factor: float, faults: list[Fault]
) -> dict[str, tuple[Row, ...]]:
    """Contributions and members with their money multiplied by the budget factor."""
    if factor == 1:
        return {}
    if not (math.isfinite(factor) and 0 <= factor <= LARGEST_FACTOR):
        message = f"{factor:g} is not a factor of 0 to {LARGEST_FACTOR:,.0f}"
        faults.append(Fault("budget_factor", None, "", message))
        return {}
    found: dict[str, tuple[Row, ...]] = {}
    for table, amounts in MONEY.items():
        rows = []
        for row in tables.get(table, getattr(instance, table)):
            given = {field: getattr(row, field) for field in amounts}
            try:
                rows.append(row.replaced(**{k: v * factor for k, v in given.items() if v}))
            except ValidationError as fault:
                for name, message in faults_in(type(row), fault):
                    place = f"{table}.{key_text(row)}.{name}"
                    faults.append(Fault(place, None, "", f"times {factor:g}: {message}"))
        found[table] = tuple(rows)
    return found

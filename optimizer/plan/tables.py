"""Tables of a plan: fixed columns and types, whoever makes them and however few their rows.

Enter: rows as the solver or a file gives them. Leave: plain columns, or frames, with the columns of
`vocabulary.plan_tables` in order, text as strings, years and tranches as whole numbers, flags as
booleans and amounts as floats, so that equal plans are equal frames. Plain columns need no pandas,
whose import takes longer than a small solve.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimizer.errors import InvalidPlan
from optimizer.plan import Tables
from optimizer.vocabulary.plan_tables import (
    AMOUNT,
    COLUMNS,
    DO_NOTHING,
    KT,
    OF_ACCOUNT,
    POLICY_COLUMNS,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from optimizer.plan import Columns

    Given = pd.DataFrame | Iterable[Sequence[object]]

WHOLE = ("year", "tranche")
FLAGS = ("alone", "binding")
AMOUNTS = (AMOUNT, KT, OF_ACCOUNT, "left", "bound", "slack")
PLAIN = {"int64": int, "float64": float, "bool": bool, "str": str}
"""The type of a value in a plain column, by the type of the column in a frame."""


def table(name: str, rows: Given = ()) -> pd.DataFrame:
    """A table of a plan with its own columns and types.

    Args:
        name: a name of `COLUMNS`, or `policies`.
        rows: a frame that has at least the table's columns, or rows in the columns' order.

    Raises:
        InvalidPlan: naming the table and what is wrong with it.
    """
    import pandas as pd

    if not isinstance(rows, pd.DataFrame):
        return frame_of(plain_columns(name, rows))
    types = {column: type_of(column) for column in columns_of(name)}
    try:
        return rows.loc[:, list(types)].reset_index(drop=True).astype(types)
    except (KeyError, TypeError, ValueError) as trouble:
        raise InvalidPlan(f"{name}: {trouble}") from trouble


def tables(rows: Mapping[str, Given]) -> Tables:
    """All tables of a plan; those that are not given are empty.

    Raises:
        InvalidPlan: for a name that is no table of a plan, and for a table that cannot be read.
    """
    if unknown := sorted(set(rows) - set(COLUMNS)):
        raise InvalidPlan(f"{', '.join(unknown)}: no such table in a plan")
    return Tables(**{name: plain_columns(name, rows.get(name, ())) for name in COLUMNS})


def plain_columns(name: str, rows: Given = ()) -> Columns:
    """The values of a table, column by column.

    Args:
        name: a name of `COLUMNS`, or `policies`.
        rows: a frame that has at least the table's columns, or rows in the columns' order.

    Raises:
        InvalidPlan: naming the table and what is wrong with it.
    """
    names = columns_of(name)
    if hasattr(rows, "columns"):
        frame = table(name, rows)
        return {column: frame[column].tolist() for column in names}
    try:
        values: list[Any] = list(zip(*rows, strict=True)) or [()] * len(names)
        return {
            column: list(map(PLAIN[type_of(column)], own))
            for column, own in zip(names, values, strict=True)
        }
    except (OverflowError, TypeError, ValueError) as trouble:
        raise InvalidPlan(f"{name}: {trouble}") from trouble


def frame_of(columns: Columns) -> pd.DataFrame:
    """Plain columns as a frame."""
    import pandas as pd

    return pd.DataFrame(
        {name: pd.Series(values, dtype=type_of(name)) for name, values in columns.items()}
    )


def columns_of(name: str) -> tuple[str, ...]:
    """The columns of a table, in order; one of doing nothing has those of the plan's own."""
    own = name.removeprefix(f"{DO_NOTHING}.")
    return POLICY_COLUMNS if own == "policies" else COLUMNS[own]


def type_of(column: str) -> str:
    """The type that a column has in every table."""
    if column in WHOLE:
        return "int64"
    if column in FLAGS:
        return "bool"
    return "float64" if column in AMOUNTS else "str"

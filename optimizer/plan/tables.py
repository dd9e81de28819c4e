"""Tables of a plan: fixed columns and types, whoever makes them and however few their rows.

Enter: rows as the solver or a file gives them. Leave: frames with the columns of
`vocabulary.plan_tables` in order, text as strings, years and tranches as whole numbers, flags as
booleans and amounts as floats, so that equal plans are equal frames.
"""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from optimizer.errors import InvalidPlan
from optimizer.plan import Tables
from optimizer.vocabulary.plan_tables import AMOUNT, COLUMNS, KT, POLICY_COLUMNS

WHOLE = ("year", "tranche")
FLAGS = ("alone", "binding")
AMOUNTS = (AMOUNT, KT, "left", "bound", "slack")


def table(name: str, rows: pd.DataFrame | Iterable[Sequence[object]] = ()) -> pd.DataFrame:
    """A table of a plan with its own columns and types.

    Args:
        name: a name of `COLUMNS`, or `policies`.
        rows: a frame that has at least the table's columns, or rows in the columns' order.

    Raises:
        InvalidPlan: naming the table and what is wrong with it.
    """
    columns = list(POLICY_COLUMNS if name == "policies" else COLUMNS[name])
    try:
        frame = (
            rows.loc[:, columns]
            if isinstance(rows, pd.DataFrame)
            else pd.DataFrame(list(rows), columns=columns)
        )
        return frame.reset_index(drop=True).astype({name: type_of(name) for name in columns})
    except (KeyError, TypeError, ValueError) as trouble:
        raise InvalidPlan(f"{name}: {trouble}") from trouble


def tables(rows: Mapping[str, pd.DataFrame | Iterable[Sequence[object]]]) -> Tables:
    """All tables of a plan; those that are not given are empty.

    Raises:
        InvalidPlan: for a name that is no table of a plan, and for a table that cannot be read.
    """
    if unknown := sorted(set(rows) - set(COLUMNS)):
        raise InvalidPlan(f"{', '.join(unknown)}: no such table in a plan")
    return Tables(**{name: table(name, rows.get(name, ())) for name in COLUMNS})


def type_of(column: str) -> str:
    """The type that a column has in every table."""
    if column in WHOLE:
        return "int64"
    if column in FLAGS:
        return "bool"
    return "float64" if column in AMOUNTS else "str"

"""Tables of a plan: their columns, what their rows say, and where the names in them are listed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from optimizer.vocabulary.accounts import TABLE as ACCOUNTS
from optimizer.vocabulary.accounts import UNSERVED
from optimizer.vocabulary.project_accounts import EXPECTED
from optimizer.vocabulary.project_accounts import TABLE as FIGURES

KT: Final = "kt"
AMOUNT: Final = "amount_musd"
OF_ACCOUNT: Final = "value"
"""In the unit of the row's account (`vocabulary.accounts`)."""


@dataclass(frozen=True)
class PlanTable:
    """A table of a plan."""

    name: str
    about: tuple[str, ...]
    """Columns that name what a row is about, beside the year and, in operation, the scenario."""
    says: str = ""
    """What a row tells."""
    of: str = ""
    """Where the instance lists what operation is about."""
    variable: str = ""
    """Variable of the model that the amounts are values of."""
    amount: Literal["kt", "amount_musd", "value", ""] = ""
    """Column with what is counted, if anything is: quantities, M$, or what the row says."""
    extra: tuple[str, ...] = ()
    """Columns that follow the year and are no amount."""
    is_of_operation: bool = False
    """Whether its rows belong to blocks of operation: a scenario and a year."""
    is_nominal: bool = False
    """Whether its rows belong to blocks of the nominal scenario, which they do not name."""
    is_signed: bool = False
    """Whether its amounts can be negative."""
    is_later: bool = False
    """Whether plans of earlier versions lack it; it is empty then."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Columns that no two rows share."""
        if self.is_of_operation:
            return ("scenario", "year", *self.about)
        return (*self.about, "year")

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, in order."""
        return (*self.keys, *self.extra, *((self.amount,) if self.amount else ()))

    @property
    def sentence(self) -> str:
        """The columns, and what a row tells."""
        return ", ".join(self.columns) + (f": {self.says}." if self.says else ".")


def _operation(name: str, about: str, of: str, **more: Any) -> PlanTable:
    """A table of operation, in kt; its variable has its name unless told otherwise."""
    more = {"variable": name} | more
    return PlanTable(name, tuple(about.split()), of=of, amount="kt", is_of_operation=True, **more)


TABLES: Final = (
    PlanTable(
        "choice",
        ("project",),
        "candidates started, and whether they start without the fund",
        extra=("alone",),
    ),
    PlanTable(
        "commitments",
        ("project", "instrument", "member"),
        "committed at a start in that year",
        variable="commit",
        amount="amount_musd",
    ),
    PlanTable("private", ("project",), variable="private", amount="amount_musd"),
    PlanTable(
        "cash",
        ("member",),
        "unspent at the end of the year",
        variable="cash",
        amount="amount_musd",
        is_signed=True,
    ),
    PlanTable("signed", ("contract",), "contracts that the fund signs, and when", is_later=True),
    PlanTable(
        "operated_as",
        ("scenario",),
        "the scenario whose operation of that year serves here",
        extra=("block",),
    ),
    _operation("activity", "project recipe", "recipes", says="reference output"),
    _operation("purchases", "supplier", "suppliers", variable="purchase"),
    _operation("flows", "origin destination material", "routes", variable="flow"),
    _operation("collected", "zone material", "nodes"),
    _operation("served", "segment", "segments"),
    _operation("short", "segment tranche", "tranches"),
    _operation("sold", "zone material", "nodes"),
    _operation("disposed", "zone material", "nodes"),
    PlanTable(
        "stock_plan",
        ("project",),
        "level at which a stockpile is kept while nothing is wrong",
        variable="stock_plan",
        amount="kt",
        is_later=True,
    ),
    _operation("stock", "project", "projects", says="at the end of the year", is_later=True),
    _operation("filled", "project", "projects", is_later=True),
    _operation("released", "project", "projects", is_later=True),
    _operation(
        "understock",
        "project",
        "projects",
        says="missing from the plan in a year without an emergency",
        is_later=True,
    ),
    _operation(
        "untaken",
        "project",
        "projects",
        says="paid for by an offtake contract and not taken",
        is_later=True,
    ),
    PlanTable(
        "excess",
        ("policy",),
        "content by which a soft policy is missed in the nominal scenario",
        variable="excess",
        is_nominal=True,
        amount="kt",
    ),
    PlanTable(
        "amounts",
        ("scenario", "account"),
        "what the operation of a scenario and year comes to, by account, not discounted: "
        f"{', '.join(f'{one.name} ({one.unit})' for one in ACCOUNTS)}, and {UNSERVED}MEMBER (M$ at "
        "the first year's prices)",
        amount="value",
        is_signed=True,
        is_later=True,
    ),
    PlanTable(
        "project_accounts",
        ("project", "basis", "figure"),
        "of a candidate that is started in that year, in a scenario or, as basis "
        f"{EXPECTED}, over all: {', '.join(f'{one.name} ({one.unit})' for one in FIGURES)}",
        amount="value",
        is_signed=True,
        is_later=True,
    ),
)
"""In the order of a plan's folder."""
BY_NAME: Final = {table.name: table for table in TABLES}
OPERATION: Final = tuple(table for table in TABLES if table.is_of_operation)
INVESTED: Final = {
    table.name: table.variable
    for table in TABLES
    if table.variable and not (table.is_of_operation or table.is_nominal)
}
"""Variable of the investment by the table that holds it."""
OPERATED: Final = {
    table.name: table.variable for table in TABLES if table.is_of_operation or table.is_nominal
}
"""Variable of operation by the table that holds it."""
COLUMNS: Final = {table.name: table.columns for table in TABLES}
"""Columns of each table, in order."""
DO_NOTHING: Final = "do_nothing"
"""Folder, and first part of the name, of the tables of doing nothing: `do_nothing.activity`."""
OF_NOTHING: Final = (
    "choice",
    "private",
    "operated_as",
    *(table.name for table in OPERATION),
    "stock_plan",
    "amounts",
)
"""Tables that doing nothing has: no money of the fund, no contracts, no policies."""
POLICY_COLUMNS: Final = ("policy", "year", "left", "bound", "slack", "binding")
"""Columns of `Plan.policies`, in order."""


def in_nothing(name: str) -> str:
    """What a table of doing nothing is called among all tables of a plan."""
    return f"{DO_NOTHING}.{name}"


def file_of(name: str) -> str:
    """The Parquet file of a table in a plan's folder; those of doing nothing have their own."""
    return f"{name.replace('.', '/', 1)}.parquet"

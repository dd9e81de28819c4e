"""The tables of a plan as they are answered in JSON: what each tells, and its columns."""

from __future__ import annotations

from optimizer.instance.records import Record
from optimizer.vocabulary.plan_tables import (
    COLUMNS,
    OF_NOTHING,
    POLICY_COLUMNS,
    TABLES,
    in_nothing,
)


class TableRow(Record):
    """A row of one of a plan's tables; each table has some of these columns."""

    scenario: str | None = None
    year: int | None = None
    """Year; 0 where a policy covers the whole horizon."""
    project: str | None = None
    alone: bool | None = None
    """Whether the project goes ahead without the fund."""
    instrument: str | None = None
    """Instrument through which money is committed."""
    member: str | None = None
    amount_musd: float | None = None
    contract: str | None = None
    """Contract that the fund signs."""
    block: str | None = None
    """The scenario whose operation of that year serves here."""
    recipe: str | None = None
    supplier: str | None = None
    origin: str | None = None
    """Where it is sent from: a project, a supplier or a zone."""
    destination: str | None = None
    """Where it is sent to."""
    zone: str | None = None
    segment: str | None = None
    tranche: int | None = None
    """Number of the tranche of the segment's demand, from 1, the cheapest to go without."""
    material: str | None = None
    kt: float | None = None
    """Quantity, in one year where it is a flow."""
    account: str | None = None
    """What a year of operation comes to in this respect."""
    basis: str | None = None
    """Scenario that a figure of a project is for, or that it is expected over all."""
    figure: str | None = None
    """What is told of a project."""
    value: float | None = None
    """In the unit of the account or figure."""
    policy: str | None = None
    left: float | None = None
    """What the policy bounds, as it is in the plan."""
    bound: float | None = None
    """What the policy asks for."""
    slack: float | None = None
    """How far the plan is from the bound."""
    binding: bool | None = None
    """Whether the plan is at the bound."""


POLICIES = "every policy row in force; year 0 where the row covers the whole horizon"
DESCRIBED = {table.name: table.sentence for table in TABLES} | {
    "policies": f"{', '.join(POLICY_COLUMNS)}: {POLICIES}."
}
DESCRIBED |= {
    in_nothing(name): f"{', '.join(COLUMNS[name])}: the same of doing nothing."
    for name in OF_NOTHING
}
"""The columns of each table of a plan, and what its rows tell."""

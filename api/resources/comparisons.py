"""Comparisons of plans as they are answered: `optimizer.questions.comparison.Comparison` in JSON.

A table is a list of rows. Where a table has a column for each plan, the column bears the plan's
identifier.
"""

from __future__ import annotations

from pydantic import ConfigDict, Field

from optimizer.instance.records import Record
from optimizer.plan import Status

Cell = bool | int | float | str | None


class ByPlan(Record):
    """A row with a column for each plan, which bears the plan's identifier."""

    model_config = ConfigDict(extra="allow")


class ComparedInput(ByPlan):
    """A cell that differs; by plan: its value, null where the row is missing."""

    table: str
    """The table of the instance; `options` and `versions` too."""
    row: str
    """Key of the row."""
    field: str
    """Name of the column."""
    __pydantic_extra__: dict[str, Cell]


class ComparedChoice(ByPlan):
    """A project whose start differs; by plan: the year, null where it is never started."""

    project: str
    differs_by: str
    """`only in some`, `another year`, or `alone in some` (there without the fund)."""
    __pydantic_extra__: dict[str, int | None]


class ComparedStart(Record):
    """A project and a plan that starts it."""

    project: str
    plan: str
    """Identifier of the plan."""
    start: int
    """Year of the start."""
    first_output: int | None
    """Year of the first output; null where you may not see all instances."""
    alone: bool
    """Whether it goes ahead without the fund."""
    later_by_years: int | None
    """How much later than in the first plan."""


class ComparedMoney(ByPlan):
    """Money committed that differs; by plan: M$, undiscounted."""

    project: str
    instrument: str
    """`(private)` for private money."""
    member: str
    """`(private)` for private money."""
    __pydantic_extra__: dict[str, float | None]


class ComparedMember(ByPlan):
    """Money committed by one member; by plan: M$, undiscounted."""

    member: str
    """`(private)` for private money."""
    __pydantic_extra__: dict[str, float | None]


class ComparedInstrument(ByPlan):
    """Money committed through one instrument; by plan: M$, undiscounted."""

    instrument: str
    """`(private)` for private money."""
    __pydantic_extra__: dict[str, float | None]


class ComparedSupply(Record):
    """What one segment gets in one plan, scenario and year."""

    plan: str
    """Identifier of the plan."""
    scenario: str
    """`(expected)` is the mean of all, by their probabilities."""
    year: int
    segment: str
    material: str | None
    """Null where you may not see all instances."""
    served_kt: float | None
    """Demand that is met."""
    short_kt: float | None
    """Demand that is not met."""


class ComparedOrigin(Record):
    """Where an element comes from in the nominal scenario of one plan."""

    plan: str
    """Identifier of the plan."""
    element: str
    """The element, such as `REE`."""
    stage: str
    year: int
    country: str
    kt: float | None
    """Of the element."""
    demand_kt: float | None
    """Demand for it."""
    share: float | None
    """Share of the demand."""


class ComparedCriterion(Record):
    """A criterion of all plans."""

    criterion: str
    unit: str
    value: dict[str, float | None]
    """Its value by plan."""
    difference: dict[str, float | None] = Field(default_factory=dict)
    """Its difference from the first plan, by each other plan."""


class ComparedProof(Record):
    """What is proven of one plan."""

    plan: str
    """Identifier of the plan."""
    status: Status
    objective: float | None
    """Value of the plan in the objective's natural sign."""
    bound: float | None
    """No plan can be better than this."""
    gap: float | None
    """|objective − bound| / |objective|."""
    do_nothing: float | None
    """Objective without the fund."""
    worth: float | None
    """What the plan is better than doing nothing by."""
    certified: bool | None
    """Whether the independent checker found every rule kept."""
    difference: float | None
    """Of the objective, from the first plan."""
    certain: bool | None
    """Whether the difference is real and not within the gaps; null where unknown."""


class Comparison(Record):
    """What differs between plans; every difference is counted from the first one."""

    headings: dict[str, str]
    """What people call each plan, by its identifier."""
    plans: tuple[str, ...]
    """Identifiers of the plans, in the order asked for."""
    inputs: tuple[ComparedInput, ...]
    """Cells of the instances, options and versions that differ."""
    choice: tuple[ComparedChoice, ...]
    """Projects whose start differs."""
    schedule: tuple[ComparedStart, ...]
    """When each plan starts each of its projects."""
    money: tuple[ComparedMoney, ...]
    """What differs of the money committed."""
    money_by_member: tuple[ComparedMember, ...]
    """Money committed by each member."""
    money_by_instrument: tuple[ComparedInstrument, ...]
    """Money committed through each instrument."""
    supply: tuple[ComparedSupply, ...]
    """What each segment gets."""
    origins: tuple[ComparedOrigin, ...]
    """Where supply comes from; empty where you may not see all instances."""
    criteria: tuple[ComparedCriterion, ...]
    """Every criterion."""
    proof: tuple[ComparedProof, ...]
    """How good each plan is known to be."""

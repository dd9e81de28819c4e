"""Criteria: what plans are judged by, and what may be asked of each.

docs/model.md defines them; `attribute.NAME` of an instance is one beside these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

MUSD: Final = "M$"
SERVICE: Final = "worst_member_service"
LARGEST: Final = "largest_country_share"
ATTRIBUTE: Final = "attribute."
"""What the name of a criterion begins with that an instance defines."""

Side = Literal["most", "least"]


@dataclass(frozen=True)
class Criterion:
    """A named number of a plan."""

    name: str
    unit: str
    says: str
    """What it measures, as a page or a column's heading says it."""
    better: Literal["less", "more"] = "less"
    is_weighed: bool = True
    """Whether an objective or a step can weigh it."""
    bounded: tuple[Side, ...] = ("most", "least")
    """The sides on which `criterion_bound` can hold it."""
    is_never_negative: bool = True
    """Whether it is a sum, or the largest, of what cannot be below 0."""
    is_later: bool = False
    """Whether plans of earlier versions do not state it."""


TABLE: Final = (
    Criterion(
        "expected_cost", MUSD, "the alliance's expected economic cost", is_never_negative=False
    ),
    Criterion("policy_penalty", MUSD, "penalties of soft policies", is_weighed=False),
    Criterion("fund_cost", MUSD, "what the fund is expected to pay", is_never_negative=False),
    Criterion("treasury_cost", MUSD, "tax credits that treasuries forgo", is_later=True),
    Criterion(
        "public_funds_cost",
        MUSD,
        "what raising public money costs beyond it",
        is_never_negative=False,
        is_later=True,
    ),
    Criterion("public_capital", MUSD, "public money committed"),
    Criterion("guaranteed", MUSD, "private money guaranteed by the fund", is_later=True),
    Criterion("private_capital", MUSD, "private money in projects"),
    Criterion("expected_shortage", "kt", "demand expected to go short"),
    Criterion("mean_shortage_cost", MUSD, "expected cost of going short"),
    Criterion("tail_shortage", MUSD, "cost of going short in the worst cases", bounded=("most",)),
    Criterion("tariffs", MUSD, "import tariffs expected to be paid", is_later=True),
    Criterion("carbon", "kt CO2e", "greenhouse gases of projects"),
    Criterion("water", "million m³", "water that projects take"),
    Criterion(
        SERVICE,
        "share",
        "share of its demand that the worst-served member can expect",
        better="more",
        is_weighed=False,
        bounded=("least",),
        is_never_negative=False,
        is_later=True,
    ),
    Criterion(
        LARGEST,
        "share",
        "largest share of demand that one country outside supplies",
        is_weighed=False,
        bounded=("most",),
        is_later=True,
    ),
    Criterion(
        "strategic_value",
        "points",
        "the fund's own score of what is chosen",
        better="more",
        is_never_negative=False,
    ),
)
"""In the order of tables."""
CRITERIA: Final = {criterion.name: criterion for criterion in TABLE}
WEIGHED: Final = frozenset(criterion.name for criterion in TABLE if criterion.is_weighed)
LESS_IS_BETTER: Final = frozenset(one.name for one in TABLE if one.better == "less")
NEVER_NEGATIVE: Final = frozenset(one.name for one in TABLE if one.is_never_negative)
LATER: Final = frozenset(criterion.name for criterion in TABLE if criterion.is_later)


def unit_of(name: str) -> str:
    """Unit of a criterion; empty for an attribute, which has the instance's."""
    return CRITERIA[name].unit if name in CRITERIA else ""

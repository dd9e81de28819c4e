"""Kinds of policies: the rule that each stands for, what it needs and allows, how it is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

PolicyKind = Literal[
    "money_share",
    "project_count",
    "esg_floor",
    "esg_shortfall",
    "esg_mean",
    "uncertified_share",
    "attribute_sum",
    "attribute_mean",
    "carbon_cap",
    "water_cap",
    "country_share",
    "stage_share",
    "must_survive",
    "juste_retour",
    "local_processing",
    "host_benefit",
    "untrusted_share",
    "hhi_cap",
    "fairness",
    "days_of_cover",
    "criterion_bound",
]


@dataclass(frozen=True)
class Kind:
    """What a policy of a kind is."""

    rule: int
    """Number of its rule in docs/model.md; of money_share, of the whole fund's (rule 5 is one
    member's)."""
    says: str
    """The policy in a few words, with the words of `policy_words` in braces."""
    needs: tuple[str, ...] = ()
    """Fields that must be filled."""
    may: tuple[str, ...] = ()
    """Fields that may be filled."""
    low: float = 0.0
    high: float = 1e12
    is_share: bool = False
    """Whether the bound is a share, written as a percentage."""
    is_tagged: bool = False
    """Whether it counts only projects or money with its tag."""
    is_yearly: bool = False
    """Whether it holds year by year, and so may follow a glide path."""
    has_years: bool = False
    """Whether its first and last year count, though it does not hold year by year."""
    sense: Literal["most", "least", ""] = ""
    """The only sense that it can have; empty for either."""
    is_soft: bool = False
    """Whether it may be missed at a penalty."""
    is_of_operation: bool = False
    """Whether it is a row of one year of nominal operation, and not of the investment alone."""
    excludes: bool = False
    """Whether it only takes projects out of the choice, and so never binds."""


KINDS: Final[dict[PolicyKind, Kind]] = {
    "money_share": Kind(
        7,
        "{bound} of {whose} budget{to}",
        may=("member",),
        high=1,
        is_share=True,
        is_tagged=True,
        has_years=True,
    ),
    "project_count": Kind(7, "{bound} projects{which}", high=100_000, is_tagged=True),
    "esg_floor": Kind(
        8,
        "{score} score of each project: {bound}",
        needs=("score",),
        high=100,
        is_tagged=True,
        sense="least",
        excludes=True,
    ),
    "esg_shortfall": Kind(
        8,
        "{score} points missing to {target}: {bound}",
        needs=("score", "target"),
        high=100,
        is_tagged=True,
        sense="most",
    ),
    "esg_mean": Kind(
        8, "mean {score} score: {bound}", needs=("score",), high=100, is_tagged=True, sense="least"
    ),
    "uncertified_share": Kind(
        8,
        "uncertified projects, share of the budget: {bound}",
        high=1,
        is_share=True,
        is_tagged=True,
        sense="most",
    ),
    "attribute_sum": Kind(
        8, "{attribute}, sum: {bound}", needs=("attribute",), low=-1e12, is_tagged=True
    ),
    "attribute_mean": Kind(
        8, "{attribute}, mean: {bound}", needs=("attribute",), low=-1e12, is_tagged=True
    ),
    "carbon_cap": Kind(
        8,
        "carbon in kt CO2e a year: {bound}",
        is_yearly=True,
        sense="most",
        is_of_operation=True,
    ),
    "water_cap": Kind(
        8,
        "water in million m³ a year: {bound}",
        is_yearly=True,
        sense="most",
        is_of_operation=True,
    ),
    "country_share": Kind(
        17,
        "{country} supplies {bound} of {of}",
        needs=("element", "stage", "country"),
        high=1,
        is_share=True,
        is_yearly=True,
        sense="most",
        is_soft=True,
        is_of_operation=True,
    ),
    "stage_share": Kind(
        17,
        "capacity {bound} of {of}{where}",
        needs=("element", "stage"),
        high=1,
        is_share=True,
        is_tagged=True,
        is_yearly=True,
        sense="least",
        is_soft=True,
        is_of_operation=True,
    ),
    "must_survive": Kind(
        19,
        "missing to {segment} in what must be survived: {bound}",
        may=("segment",),
        high=1,
        is_share=True,
        is_yearly=True,
        sense="most",
    ),
    "juste_retour": Kind(
        5,
        "{member}'s firms get {bound} of what it pays",
        needs=("member",),
        high=10,
        is_share=True,
        sense="least",
    ),
    "local_processing": Kind(
        6,
        "{element} processed of what is mined in {country}: {bound}",
        needs=("element", "country"),
        high=1,
        is_share=True,
        is_yearly=True,
        sense="least",
        is_of_operation=True,
    ),
    "host_benefit": Kind(
        6,
        "share of revenue that stays in the host country{also}: {bound}",
        high=1,
        is_share=True,
        is_tagged=True,
        sense="least",
        excludes=True,
    ),
    "untrusted_share": Kind(
        6,
        "{of} from suppliers that are not trusted: {bound}",
        needs=("element", "stage"),
        high=1,
        is_share=True,
        is_yearly=True,
        sense="most",
        is_soft=True,
        is_of_operation=True,
    ),
    "hhi_cap": Kind(
        18,
        "index of the origins of {of}: {bound}",
        needs=("element", "stage"),
        high=1,
        is_yearly=True,
        sense="most",
        is_soft=True,
        is_of_operation=True,
    ),
    "fairness": Kind(
        20,
        "share short of a member beyond that of all: {bound}",
        high=1,
        is_share=True,
        is_yearly=True,
        sense="most",
    ),
    "days_of_cover": Kind(
        14,
        "days of demand in stockpiles{also}: {bound}",
        may=("member",),
        high=3650,
        is_tagged=True,
        is_yearly=True,
        sense="least",
    ),
    "criterion_bound": Kind(21, "{criterion}: {bound}", needs=("criterion",), low=-1e12),
}
"""Rule 8's floors and means and rule 17's stage shares are lower bounds by their definition."""

SOFT: Final = tuple(name for name, kind in KINDS.items() if kind.is_soft)
"""Kinds that may be missed at a penalty (rules 6, 17 and 18)."""
OF_OPERATION: Final = tuple(name for name, kind in KINDS.items() if kind.is_of_operation)
"""Kinds that are rows of nominal operation."""
FIELDS: Final = (
    "score",
    "target",
    "attribute",
    "element",
    "stage",
    "country",
    "member",
    "segment",
    "criterion",
)
"""Fields that only some kinds use."""
USED_BY: Final[dict[str, tuple[PolicyKind, ...]]] = {
    field: tuple(name for name, kind in KINDS.items() if field in (*kind.needs, *kind.may))
    for field in FIELDS
}
"""Kinds that use a field, by field."""

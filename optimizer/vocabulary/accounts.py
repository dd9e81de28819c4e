"""Accounts: what a year of operation comes to, of which the criteria are sums.

An amount is that of one scenario and year, neither discounted nor weighed by probability.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from optimizer.vocabulary.criteria import MUSD

UNSERVED: Final = "unserved."
"""How the account of a member begins: what it goes short of, at the first year's prices (M$)."""


@dataclass(frozen=True)
class YearlyAccount:
    """A named amount of a year of operation."""

    name: str
    unit: str
    says: str
    is_cost: bool = False
    """Whether it is a part of `expected_cost`."""


def _cost(name: str, says: str) -> YearlyAccount:
    return YearlyAccount(name, MUSD, says, is_cost=True)


TABLE: Final = (
    _cost("opex", "running plants inside the alliance"),
    _cost("carbon_price", "the price of what they emit"),
    _cost("outside_trade", "output less inputs of plants outside, at market prices"),
    _cost("purchases", "what suppliers are paid"),
    _cost("freight", "moving it"),
    _cost("collection", "collecting scrap"),
    _cost("disposal", "what is thrown away"),
    _cost("holding", "keeping stocks"),
    _cost("understock", "what stocks lack of their plan"),
    _cost("residual_stock", "less what stocks are worth at the end of the last year"),
    _cost("untaken", "what is paid for and not taken"),
    _cost("shortage", "going short"),
    _cost("export_tax", "export taxes"),
    _cost("sales", "less what is sold outside the alliance"),
    YearlyAccount("short", "kt", "demand that goes short"),
    YearlyAccount("served", "kt", "demand that is served"),
    YearlyAccount("tariffs", MUSD, "import tariffs"),
    YearlyAccount("carbon", "kt CO2e", "greenhouse gases of projects"),
    YearlyAccount("water", "million m³", "water that projects take"),
)
"""In the order of tables; each member has one more, `unserved.MEMBER`."""
COSTS: Final = tuple(account.name for account in TABLE if account.is_cost)
"""Those whose discounted and weighed sums are the operation's part of `expected_cost`."""


def accounts_of(members: tuple[str, ...]) -> tuple[str, ...]:
    """Names of all accounts of an alliance."""
    return (*(account.name for account in TABLE), *(f"{UNSERVED}{member}" for member in members))

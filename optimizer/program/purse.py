"""The members' own money put into a compiled investment: budgets compile nothing anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from optimizer.blocks.parameters import Parameters
    from optimizer.instance import Instance
    from optimizer.program.compiled import Compiled

PURSE: Final = ("income", "budget")
"""Columns of a compiled investment that are numbers of the members' money."""


def with_purse(investment: Compiled, q: Parameters) -> Compiled:
    """The investment with the numbers of an instance in the place of those columns."""
    income = {(f, year): q.income(f, year) for f in q.members for year in q.years}
    budget = {policy: q.budget(row) for policy, row in q.of_budget.items()}
    return investment.filled({"income": income, "budget": budget})


def without_purse(instance: Instance) -> Instance:
    """The instance without its members' money: what an investment is compiled from."""
    members = tuple(member.replaced(opening_cash_musd=0.0) for member in instance.members)
    without = {"contributions": (), "exchange_rates": (), "outlays": ()}
    return instance.model_copy(update={"members": members} | without)

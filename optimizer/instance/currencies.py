"""What contributions are worth: from members' currencies, nominal or real, to real USD.

Enters: the contributions and exchange rates of an instance. Leaves: M$ of the base year.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.instance.records import Contribution


def contributions_musd(instance: Instance) -> dict[tuple[str, int], float]:
    """What each member pays in each year, M$ of the base year."""
    rates = {(row.currency, row.year): row for row in instance.exchange_rates}

    def musd(row: Contribution) -> float:
        if row.amount_million is None:
            return row.amount_musd or 0.0
        rate = rates[row.currency, row.year]
        level = rate.price_level if row.nominal else 1.0
        return row.amount_million * rate.usd_per_unit / level

    return {(row.member, row.year): musd(row) for row in instance.contributions}

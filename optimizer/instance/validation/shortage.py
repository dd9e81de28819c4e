"""Shortage that no choice avoids, against bounds on it (rule 21).

Enters: what there can be of each segment's material. Leaves: an error for each bound on shortage
or service that even all of it cannot keep.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optimizer.instance.validation.findings import Finding, error
from optimizer.instance.validation.words import number_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.instance.records import Policy
    from optimizer.instance.validation.coverage import Coverage

SLACK = 1e-6
T_PER_KT = 1000.0
PER_M = 1e6
MOST_BLOCKS = 20_000
"""Segments times scenario-years beyond which this is left to the solver."""


class Unavoidable:
    """What each segment goes short of at least, expected over scenarios."""

    def __init__(self, coverage: Coverage) -> None:
        """Add up every scenario-year."""
        instance = coverage.instance
        cheapest: dict[str, float] = {}
        for row in instance.tranches:
            cost = cheapest.get(row.segment, row.cost_usd_per_t)
            cheapest[row.segment] = min(cost, row.cost_usd_per_t)
        first = instance.settings.first_year
        prices = {x.material: x.price_usd_per_t for x in instance.prices if x.year == first}
        self.tonnes = self.cost = 0.0
        self.unserved: dict[str, float] = defaultdict(float)
        self.demand: dict[str, float] = defaultdict(float)
        for scenario in instance.scenarios:
            for segment in instance.segments:
                for year in instance.settings.years:
                    served = coverage.served(segment, scenario.id, year)
                    most = served.fixed + sum(max(0.0, x) for x in served.weights.values())
                    short = scenario.probability * max(0.0, served.bound - most)
                    self.tonnes += short
                    delta = coverage.limits.money.delta(year)
                    self.cost += short * delta * cheapest.get(segment.id, 0.0)
                    if segment.member is not None:
                        price = prices.get(segment.material, 0.0)
                        self.unserved[segment.member] += price * short
                        wanted = scenario.probability * served.bound
                        self.demand[segment.member] += price * wanted

    def service(self) -> float:
        """Largest share of its demand that the worst-served member can expect."""
        shares = (1 - self.unserved[f] / wanted for f, wanted in self.demand.items() if wanted > 0)
        return min(shares, default=1.0)


def unavoidable(coverage: Coverage) -> Iterator[Finding]:
    """Bounds on shortage below, and on service above, what any choice leaves."""
    named = ("expected_shortage", "mean_shortage_cost", "worst_member_service")
    rows = [
        row
        for row in coverage.limits.rows
        if row.kind == "criterion_bound" and row.criterion in named
    ]
    instance = coverage.instance
    blocks = len(instance.segments) * len(instance.scenarios) * len(instance.settings.years)
    if not rows or blocks > MOST_BLOCKS:
        return
    least = Unavoidable(coverage)
    for row in rows:
        yield from _judged(row, least)


def _judged(row: Policy, least: Unavoidable) -> Iterator[Finding]:
    """One bound against what cannot be avoided."""
    if row.criterion == "worst_member_service":
        if row.sense == "least" and row.value > least.service() + SLACK:
            message = (
                f"asks for at least {row.value:g} of its demand for every member, and the worst "
                f"served can have {least.service():.4g} of it, whatever is chosen"
            )
            yield error(row, "value", message)
        return
    short = row.criterion == "expected_shortage"
    found = least.tonnes / T_PER_KT if short else least.cost / PER_M
    if row.sense == "most" and row.value < found - SLACK * (1 + found):
        message = (
            f"allows at most {number_text(row.value)} {'kt' if short else 'MUSD'} of "
            f"{row.criterion}, and at least {number_text(found)} come about, whatever is chosen: "
            f"there is not more supply"
        )
        yield error(row, "value", message)

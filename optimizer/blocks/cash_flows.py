"""Cash flows of instruments: what a unit committed returns, by project, start and year (rule 4).

Enters: parameters of an instance. Leaves: returns on a unit committed to a project that performs,
and what a unit is expected to cost in all. Whoever asks for money over time asks here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from optimizer.blocks.parameters import T_PER_KT
from optimizer.indicators import capital_recovery_factor
from optimizer.vocabulary.instruments import BY_OUTPUT

if TYPE_CHECKING:
    from optimizer.blocks.parameters import Parameters
    from optimizer.instance.records import Instrument


@dataclass(frozen=True)
class CashFlows:
    """What the instruments of an instance return and cost."""

    q: Parameters

    def returned(self, p: str, i: str, start: int, year: int) -> float:
        """Return in a year on a unit committed to a project at a start, if the project performs.

        Fees and calls of guarantees are no returns: `model.guarantees` writes them.
        """
        terms = self.q.instruments[i]
        if year not in self.years(p, i, start):
            return 0.0
        if terms.kind in BY_OUTPUT:
            return self._royalty(terms, p, start, year)
        return self.scheduled(i, year - start)

    def scheduled(self, i: str, since: int) -> float:
        """Return so many years after the start on an instrument that returns alike from all."""
        schedule = self._schedules[i]
        return schedule[since - 1] if 0 < since <= len(schedule) else 0.0

    @cached_property
    def on_schedule(self) -> frozenset[str]:
        """Instruments that return something, and alike from every project."""
        return frozenset(i for i, schedule in self._schedules.items() if any(schedule))

    def expected(self, p: str, i: str, start: int, year: int) -> float:
        """What is returned, by the probability that the project performs."""
        return self.q.success(p) * self.returned(p, i, start, year)

    def years(self, p: str, i: str, start: int) -> range:
        """Years in which a unit committed to a project at a start may return anything."""
        terms = self.q.instruments[i]
        if terms.kind in BY_OUTPUT:
            first = start + self.q.candidates[p].build_years
            return range(first, first + terms.tenor_years)
        return range(start + 1, start + 1 + len(self._schedules[i]))

    def present_cost(self, p: str, i: str, start: int) -> float:
        """Present value of what a unit committed at a start is expected to cost who commits it.

        A guarantee costs its calls less its fees, anything else PVprofile − PVreturns; all of
        them to the end of the tenor.
        """
        q = self.q
        project, terms = q.candidates[p], q.instruments[i]
        if terms.kind == "guarantee":
            fees = sum(q.delta(start + h) for h in range(terms.tenor_years))
            failure = (1.0 - q.success(p)) * terms.loss_share
            return failure * q.delta(start + terms.grace_years) - terms.fee_rate * fees
        returned = q.success(p) * self._present_returns(p, i, start)
        return q.pv_profile(project, start) - returned

    def _present_returns(self, p: str, i: str, start: int) -> float:
        """Present value of all that comes back of a unit committed to a project that performs."""
        years = self.years(p, i, start)
        return sum(self.returned(p, i, start, y) * self.q.delta(y) for y in years)

    def _royalty(self, terms: Instrument, p: str, start: int, year: int) -> float:
        """(royalty per t + share · nominal price) · deemed output / building cost, in a year.

        Prices after the horizon are those of its last year.
        """
        project, priced = self.q.candidates[p], min(year, self.q.years[-1])
        price = self._prices.get((project.main_material, priced), 0.0)
        rate = terms.royalty_usd_per_t + terms.royalty_share * price
        return rate / T_PER_KT * self.q.deemed_output(p, start, year) / project.capex_musd

    @cached_property
    def _prices(self) -> dict[tuple[str | None, int], float]:
        """Nominal price of each material in each year, USD/t."""
        return {(row.material, row.year): row.price_usd_per_t for row in self.q.instance.prices}

    @cached_property
    def _schedules(self) -> dict[str, tuple[float, ...]]:
        """Return of a performing unit of each instrument 1, 2, … years after the start."""
        return {i: _schedule(instrument) for i, instrument in self.q.instruments.items()}


def _schedule(instrument: Instrument) -> tuple[float, ...]:
    if instrument.kind == "loan":
        repayment = capital_recovery_factor(instrument.interest_rate, instrument.tenor_years)
        grace = (instrument.interest_rate,) * instrument.grace_years
        return grace + (repayment,) * instrument.tenor_years
    if instrument.kind == "equity":
        dividends = (instrument.dividend_rate,) * instrument.tenor_years
        return (0.0,) * instrument.grace_years + dividends
    return ()

"""What the fund has and what a start takes of it at least: the arithmetic of rules 3 and 4.

An instance enters; present values in M$ leave, discounted to the base year. Every figure is a
bound on the safe side: what is called too little money is too little whatever is decided.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from optimizer.indicators import capital_recovery_factor
from optimizer.instance.failure import success
from optimizer.instance.validation.finance import admitted, appetite, cover, largest_private_share
from optimizer.instance.validation.findings import Draft
from optimizer.instance.validation.fund import worth_musd
from optimizer.vocabulary.instruments import (
    BY_OUTPUT,
    PAID_BY_THE_FUND,
    PAID_BY_TREASURIES,
    PROMISED,
)

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.instance.records import Instrument, Policy, Project


class Shares(NamedTuple):
    """Bounds on who pays for a start with the fund, as shares of its building cost."""

    cash_least: float
    """Least share that what the fund pays in cash covers together."""
    cash_most: float
    public_least: float
    """The same with tax credits."""
    public_most: float


class Money:
    """The fund of an instance, year by year."""

    def __init__(self, instance: Instance) -> None:
        """Wrap a valid instance."""
        self.instance = instance
        self.draft = Draft(instance)
        self.years = instance.settings.years

    def delta(self, year: int) -> float:
        """Discount factor δ of a year."""
        settings = self.instance.settings
        return math.exp((settings.base_year - year) * math.log1p(settings.discount_rate))

    @cached_property
    def contributions(self) -> dict[tuple[str, int], float]:
        """What each member pays in each year, M$."""
        return {
            (row.member, row.year): worth_musd(self.draft, row) or 0.0
            for row in self.instance.contributions
        }

    def budget(self, row: Policy) -> float:
        """Present value of the contributions that a policy's shares refer to."""
        years = self.years_of(row)
        return math.fsum(
            self.delta(year) * amount
            for (member, year), amount in self.contributions.items()
            if row.member in (None, member) and year in years
        )

    def years_of(self, row: Policy) -> range:
        """Years in which a policy is in force."""
        first = max(row.first_year or self.years[0], self.years[0])
        return range(first, min(row.last_year or self.years[-1], self.years[-1]) + 1)

    def held(self, member: str | None = None) -> dict[int, float]:
        """Present value of what a member, or all, have had by the end of each year.

        Opening cash and contributions less committed outlays, nothing being started.
        """
        before = self.years[0] - 1
        total = self.delta(before) * math.fsum(
            row.opening_cash_musd for row in self.instance.members if member in (None, row.id)
        )
        flows = dict.fromkeys(self.years, 0.0)
        for (name, year), amount in self.contributions.items():
            if member in (None, name) and year in flows:
                flows[year] += amount
        for row in self.instance.outlays:
            if member in (None, row.member) and row.year in flows:
                flows[row.year] -= row.amount_musd
        found = {}
        for year in self.years:
            total += self.delta(year) * flows[year]
            found[year] = total
        return found

    @cached_property
    def earns_by_contract(self) -> bool:
        """Whether a price floor may pay the fund: then nothing bounds what it can spend."""
        return any(
            row.kind == "price_floor" and row.upside_share > 0 for row in self.instance.contracts
        )

    def shares(self, project: Project) -> Shares:
        """Bounds on the shares of a project's cost that public money covers."""
        rows = admitted(self.draft, project)
        cash = [row for row in rows if row.kind in PAID_BY_THE_FUND]
        paying = [row for row in rows if row.kind not in PROMISED]
        return Shares(
            self._cash_least(project),
            min(1.0, sum(row.largest_share for row in cash)),
            max(0.0, 1.0 - largest_private_share(self.draft, project)),
            min(1.0, sum(row.largest_share for row in paying)),
        )

    def _cash_least(self, project: Project) -> float:
        """Least share of the building cost that is paid in cash.

        Tax credits go first, then what draws in most private money: a unit of i leaves
        1 + leverage · μ_i less to be paid.
        """
        paying, leverage = cover(self.draft, project)
        if math.isinf(leverage):
            return 0.0
        gap, cash = 1.0 - leverage * appetite(self.draft, project), 0.0
        credited = PAID_BY_TREASURIES
        order = sorted(paying, key=lambda row: (row.kind not in credited, -row.mobilisation))
        for row in order:
            drawn = 1.0 + leverage * row.mobilisation
            used = min(row.largest_share, max(gap, 0.0) / drawn)
            cash += used if row.kind not in credited else 0.0
            gap -= used * drawn
        return cash

    def profile(self, project: Project) -> tuple[float, ...]:
        """Shares of the building cost paid in the year of the start and those after it."""
        even = max(1, project.build_years)
        return project.capex_profile or (1.0 / even,) * even

    def needs(self, project: Project, first: int, last: int) -> dict[int, float]:
        """Least present value that a start with the fund has taken by each year, M$.

        What is paid in cash less what it can have brought back, for the start in first … last at
        which that is least; below 0 where a start may bring more than it takes.
        """
        shares = self.shares(project)
        rows = admitted(self.draft, project)
        found = {}
        for until in self.years:
            least = 0.0 if last > until else math.inf
            for start in range(first, min(last, until) + 1):
                paid = self._paid(project, start, until)
                back = self._returned_most(rows, project, start, until)
                net = paid - success(self.instance.settings, project) * back
                used = shares.cash_least if net >= 0 else shares.cash_most
                fees = sum(self._fees(row, start, until) for row in rows)
                least = min(least, used * net - fees)
            found[until] = project.capex_musd * least
        return found

    def kept_least(self, project: Project, first: int, last: int) -> float:
        """Least present value that stays spent of a unit committed, counted at its start."""
        until = self.years[-1]
        rows = admitted(self.draft, project)
        found = math.inf
        for start in range(first, last + 1):
            paid = self._paid(project, start, until)
            back = self._returned_most(rows, project, start, until)
            kept = paid - success(self.instance.settings, project) * back
            found = min(found, kept / self.delta(start))
        return found

    def fees_most(self, project: Project, first: int, last: int) -> float:
        """Most that guarantees of a start may earn within the horizon, in present value."""
        until = self.years[-1]
        rows = admitted(self.draft, project)
        starts = range(first, last + 1)
        return project.capex_musd * max(
            (sum(self._fees(row, start, until) for row in rows) for start in starts), default=0.0
        )

    def _paid(self, project: Project, start: int, until: int) -> float:
        """Present value of what a unit committed at a start has paid by a year."""
        return math.fsum(
            share * self.delta(start + h)
            for h, share in enumerate(self.profile(project))
            if start + h <= until
        )

    def _returned_most(
        self, rows: list[Instrument], project: Project, start: int, until: int
    ) -> float:
        """Present value of the most that a performing unit may have returned by a year."""
        found = 0.0
        for row in rows:
            years, yearly = range(start + 1, until + 1), self._yearly_returns(row)
            if row.kind in BY_OUTPUT:
                first = start + project.build_years
                years = range(first, min(first + row.tenor_years - 1, until) + 1)
                yearly = [self._royalty_most(row, project, year) for year in years]
            back = zip(yearly, years, strict=False)
            found = max(found, math.fsum(share * self.delta(year) for share, year in back))
        return found

    def _yearly_returns(self, row: Instrument) -> list[float]:
        """What a performing unit returns 1, 2, … years after its start, from every project."""
        if row.kind == "loan":
            level = capital_recovery_factor(row.interest_rate, row.tenor_years)
            return [row.interest_rate] * row.grace_years + [level] * row.tenor_years
        if row.kind == "equity":
            return [0.0] * row.grace_years + [row.dividend_rate] * row.tenor_years
        return []

    def _royalty_most(self, row: Instrument, project: Project, year: int) -> float:
        """What a unit earns in a year in which all of the plant is online."""
        price = self._prices.get((project.main_material, year), 0.0)
        tonnes = project.capacity_t_per_year * project.offtake_share
        usd = tonnes * (row.royalty_usd_per_t + row.royalty_share * price)
        return usd / (1e6 * project.capex_musd) if project.capex_musd else 0.0

    @cached_property
    def _prices(self) -> dict[tuple[str | None, int], float]:
        """Nominal price of each material in each year, USD/t."""
        return {(row.material, row.year): row.price_usd_per_t for row in self.instance.prices}

    def _fees(self, row: Instrument, start: int, until: int) -> float:
        """Present value of the fees on all that a guarantee may secure, by a year."""
        if row.kind != "guarantee":
            return 0.0
        years = range(start, min(start + row.tenor_years - 1, until) + 1)
        return row.largest_share * row.fee_rate * math.fsum(self.delta(year) for year in years)

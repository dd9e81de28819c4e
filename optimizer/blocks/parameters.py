"""Parameters of the first stage: windows, discounting, capital, output, budgets.

Enters: an `Instance` in published units. Leaves: numbers in model units (kt, M$), each computed
once; the other modules of this package and the stamping read them here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from optimizer.blocks.calendar import share_since
from optimizer.instance.currencies import contributions_musd
from optimizer.instance.failure import failing, success
from optimizer.vocabulary.instruments import PAID_BY_TREASURIES

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.instance.records import Country, Instrument, Policy, Project, Stockpile

T_PER_KT = 1e3
"""Tonnes in a kilotonne: also USD/t in M$/kt, since 1 USD/t = 1e-3 M$/kt."""


@dataclass(frozen=True)
class Parameters:
    """First-stage parameters of an instance."""

    instance: Instance

    @cached_property
    def years(self) -> tuple[int, ...]:
        """The years T of the horizon."""
        return tuple(self.instance.settings.years)

    @cached_property
    def countries(self) -> dict[str, Country]:
        """Countries by code."""
        return {country.id: country for country in self.instance.countries}

    @cached_property
    def stages(self) -> dict[str, str]:
        """Stage of each material."""
        return {material.id: material.stage for material in self.instance.materials}

    @cached_property
    def instruments(self) -> dict[str, Instrument]:
        """Instruments by id."""
        return {instrument.id: instrument for instrument in self.instance.instruments}

    @cached_property
    def plants(self) -> dict[str, Project]:
        """Every project that may come online: all but the candidates locked out."""
        return {
            p.id: p
            for p in self.instance.projects
            if not (p.status == "candidate" and p.locked == "out")
        }

    @cached_property
    def candidates(self) -> dict[str, Project]:
        """Projects whose start is decided."""
        return {p: project for p, project in self.plants.items() if project.status == "candidate"}

    @cached_property
    def stockpiles(self) -> dict[str, Stockpile]:
        """How each stockpile that may come online keeps its material."""
        return {s.project: s for s in self.instance.stockpiles if s.project in self.plants}

    @cached_property
    def stocked(self) -> list[tuple[str, int]]:
        """Candidate stockpiles with the years from the first in which they can be online."""
        return [
            (p, year)
            for p in self.stockpiles
            if p in self.candidates and self.windows[p]
            for year in self.years
            if year >= self.windows[p][0] + self.candidates[p].build_years
        ]

    def settled_stock(self, p: str) -> float:
        """Level at which an operating or committed stockpile is kept, kt; 0 of a candidate."""
        return 0.0 if p in self.candidates else self.stockpiles[p].opening_t / T_PER_KT

    @cached_property
    def delays(self) -> dict[tuple[str, str], int]:
        """Years by which a project is late in a scenario."""
        return {(d.scenario, d.project): d.years for d in self.instance.delays}

    @cached_property
    def failures(self) -> frozenset[tuple[str, str]]:
        """Scenario and project of every failure that counts."""
        return failing(self.instance)

    def success(self, p: str) -> float:
        """Probability π with which a plant counts: 1 of what runs, or where failure is ignored."""
        return success(self.instance.settings, self.plants[p])

    def first_output(self, p: str) -> int | None:
        """First year in which a plant that is not there yet can have output."""
        project = self.plants[p]
        if p not in self.candidates:
            return project.online_year
        return self.windows[p][0] + project.build_years if self.windows[p] else None

    def capacity(self, p: str) -> float:
        """Capacity of a plant that the alliance can have, kt/y."""
        project = self.plants[p]
        return project.capacity_t_per_year / T_PER_KT * project.offtake_share

    def share_online(self, p: str, start: int, year: int) -> float:
        """Share of a plant's capacity that is online in a year, after a start of a candidate."""
        project = self.plants[p]
        online = start + project.build_years if p in self.candidates else project.online_year
        return share_since(project, online, year)

    def deemed_output(self, p: str, start: int, year: int) -> float:
        """Nominal online capacity that the alliance can have in a year, after a start, kt."""
        return self.capacity(p) * self.share_online(p, start, year)

    def inside(self, project: Project) -> bool:
        """Whether the project stands inside the alliance."""
        return self.countries[project.country].alliance

    def delta(self, year: int) -> float:
        """Discount factor δ of a year."""
        settings = self.instance.settings
        return float((1.0 + settings.discount_rate) ** (settings.base_year - year))

    @cached_property
    def windows(self) -> dict[str, tuple[int, ...]]:
        """Years in which each candidate can be started.

        The last may be the one in which it goes ahead alone.
        """
        return {p: self._window(project) for p, project in self.candidates.items()}

    def _window(self, project: Project) -> tuple[int, ...]:
        settings = self.instance.settings
        least = settings.least_operating_years if project.build_years else 1
        last = settings.last_year - project.build_years - least + 1
        bounds = (project.latest_start, project.goes_ahead_alone)
        last = min([last, *(year for year in bounds if year is not None)])
        first = max(settings.first_year, project.earliest_start or settings.first_year)
        return tuple(range(first, last + 1))

    def fund_years(self, p: str) -> tuple[int, ...]:
        """Years of the window in which fund money can start the candidate."""
        alone = self.candidates[p].goes_ahead_alone
        return tuple(year for year in self.windows[p] if year != alone)

    def profile(self, project: Project) -> tuple[float, ...]:
        """Shares of the building cost paid in the year of the start and the years after it."""
        even = max(1, project.build_years)
        return project.capex_profile or (1.0 / even,) * even

    def pv_profile(self, project: Project, start: int) -> float:
        """Present value of one unit of building cost at a start."""
        return sum(share * self.delta(start + h) for h, share in enumerate(self.profile(project)))

    def salvage(self, project: Project, start: int) -> float:
        """Share of the present value of building cost that outlives the horizon, as it counts.

        salvage_share · Σ δ over the life years after the last year / Σ δ over all life years.
        """
        online = start + project.build_years
        life = range(online, online + project.life_years)
        total = sum(self.delta(year) for year in life)
        after = sum(self.delta(year) for year in life if year > self.years[-1])
        return self.instance.settings.salvage_share * after / total

    @cached_property
    def admitted(self) -> dict[str, tuple[str, ...]]:
        """Instruments that may finance each candidate."""
        return {
            p: tuple(
                i for i in self.instruments if not project.instruments or i in project.instruments
            )
            for p, project in self.candidates.items()
        }

    def of_kind(self, *kinds: str) -> frozenset[str]:
        """Instruments of some kinds."""
        return frozenset(i for i, terms in self.instruments.items() if terms.kind in kinds)

    def payers(self, p: str, i: str) -> tuple[str, ...]:
        """Members that may commit to a candidate through an instrument.

        What treasuries pay is granted by the one in whose countries the candidate stands.
        """
        if self.instruments[i].kind not in PAID_BY_TREASURIES:
            return self.members
        country = self.candidates[p].country
        return tuple(row.id for row in self.instance.members if country in row.countries)

    @cached_property
    def keys(self) -> dict[str, float]:
        """Each member's part of the burden-sharing key."""
        return {member.id: member.burden_share for member in self.instance.members}

    @cached_property
    def contributions(self) -> dict[tuple[str, int], float]:
        """What each member pays in each year, M$."""
        return contributions_musd(self.instance)

    @cached_property
    def outlays(self) -> dict[tuple[str, int], float]:
        """What each member owes in each year for earlier commitments, M$."""
        return {(o.member, o.year): o.amount_musd for o in self.instance.outlays}

    @cached_property
    def members(self) -> tuple[str, ...]:
        """Members of the fund."""
        return tuple(member.id for member in self.instance.members)

    def policy_years(self, policy: Policy) -> range:
        """Years in which a policy row is in force."""
        first = max(policy.first_year or self.years[0], self.years[0])
        return range(first, min(policy.last_year or self.years[-1], self.years[-1]) + 1)

    def policy_value(self, policy: Policy, year: int) -> float:
        """The policy's bound in a year, on its glide path where it has one."""
        if policy.final_value is None or policy.glide_until is None:
            return policy.value
        first = self.policy_years(policy).start
        progress = (year - first) / max(1, policy.glide_until - first)
        return policy.value + min(1.0, progress) * (policy.final_value - policy.value)

    def income(self, f: str, year: int) -> float:
        """What a member's balance gets from outside in a year, M$.

        Its contribution less its committed outlays; in the first year also its opening balance with
        interest.
        """
        income = self.contributions.get((f, year), 0.0) - self.outlays.get((f, year), 0.0)
        if year > self.years[0]:
            return income
        return (1.0 + self.instance.settings.discount_rate) * self._opening[f] + income

    @cached_property
    def _opening(self) -> dict[str, float]:
        return {member.id: member.opening_cash_musd for member in self.instance.members}

    @cached_property
    def of_budget(self) -> dict[str, Policy]:
        """Policies whose values are shares of a budget, by id."""
        return self.enabled("money_share", "esg_shortfall", "uncertified_share")

    def budget(self, policy: Policy) -> float:
        """Present value of the contributions that a policy's shares refer to, M$."""
        members = (policy.member,) if policy.member else self.members
        years = self.policy_years(policy)
        return sum(
            self.delta(year) * amount
            for (member, year), amount in self.contributions.items()
            if member in members and year in years
        )

    @property
    def wants_tail(self) -> bool:
        """Whether tail_shortage is weighed or bounded anywhere."""
        named = {row.criterion for row in self.enabled("criterion_bound").values()}
        named |= {row.criterion for row in self.instance.steps}
        return self.instance.settings.objective.tail_weight > 0 or "tail_shortage" in named

    def tagged(self, policy: Policy, project: Project) -> bool:
        """Whether a policy's tag takes in a project (the tag `instrument` takes in every one)."""
        country = self.countries[project.country]
        if policy.tag in ("all", "instrument"):
            return True
        if policy.tag in ("inside", "outside"):
            return country.alliance == (policy.tag == "inside")
        if policy.tag == "governance_below":
            return country.governance is None or country.governance < float(policy.tag_value)
        value = {
            "country": project.country,
            "bloc": country.bloc,
            "owner": project.owner,
            "kind": project.kind,
            "stage": self.stages.get(project.main_material or ""),
            "material": project.main_material,
        }
        return value[policy.tag] == policy.tag_value

    def enabled(self, *kinds: str) -> dict[str, Policy]:
        """Policy rows of some kinds that are switched on, by id."""
        return {
            policy.id: policy
            for policy in self.instance.policies
            if policy.enabled and policy.kind in kinds
        }

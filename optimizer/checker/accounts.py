"""Accounts of the projects that are started: revenue, debt service, return, public money.

Enter: one scenario after the other. Leave: the figures of `vocabulary.project_accounts` of every
started candidate, in each scenario and expected over all, in M$ where they are money. A margin is
that of the plan's own operation at the scenario's market prices. After the last year the margin of
the last year goes on to the end of the project's life, at prices that stay what they are. What is
owed counts by the share of the project that performs in the scenario, as what is online does, so
that the cover of debt is that of a project that succeeds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyxirr

from optimizer.checker.calendar import discount, profile
from optimizer.checker.contracts import floor_cost_by_project
from optimizer.checker.finance import net_present_cost
from optimizer.checker.returns import scheduled
from optimizer.checker.rows import equal, holds
from optimizer.plan.tables import plain_columns
from optimizer.vocabulary.project_accounts import EXPECTED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.checker.case import Case
    from optimizer.checker.rows import Array, Positions, Rows
    from optimizer.checker.walk import Walk
    from optimizer.plan import Columns

    Told = tuple[str, str, str, int, float]
    """Project, basis, figure, year of the start, value."""

FLOWS = ("revenue", "cash_cost", "kt", "performing")
NEGLIGIBLE_MUSD = 1e-9
"""Money below which there is none."""
RUNS_KT = 1e-9
"""Output below which a project does not run."""


class ProjectBooks:
    """What each started candidate earns by scenario and year, as far as operation is kept."""

    def __init__(self, walk: Walk) -> None:
        """Open them for the scenarios of a walk."""
        self._walk = walk
        self._projects: Positions = np.zeros(0, dtype=np.intp)
        self._flows: dict[int, dict[str, Array]] = {}

    def enter(self, seen: Case) -> None:
        """Enter the scenario in hand: what its blocks earn, by year and project."""
        scenario = self._walk.place_of(seen)
        if not self._walk.is_kept(scenario):
            return
        self._projects = np.flatnonzero(seen.started)
        found = {}
        for name, by_recipe in _by_recipe(seen).items():
            by_project = np.zeros((len(seen.years), seen.network.count("projects")))
            places = (seen.answer.year[:, None], seen.network.recipe_project[None, :])
            np.add.at(by_project, places, by_recipe)
            found[name] = by_project[:, self._projects]
        found["performing"] = seen.worlds.performing[0][:, self._projects]
        self._flows[scenario] = found

    def columns(self) -> Columns:
        """The accounts as a table of a plan."""
        return plain_columns("project_accounts", list(self.rows()))

    def compared(self) -> list[Rows]:
        """What a plan says of its projects against what is found here.

        Of scenarios whose operation is not kept, and of all where that of one is not, it is the
        plan's word.
        """
        said = self._walk.stated_accounts
        right = {row[:4]: row[4] for row in self.rows()}
        bases = {basis for _, basis, _, _ in right}
        unkept = {*self._walk.scenarios, EXPECTED} - bases if self._walk.kept is not None else set()
        said = {key: value for key, value in said.items() if key[1] not in unkept}
        known = sorted(said.keys() & right.keys())
        labels = ([", ".join(map(str, key)) for key in known],)
        values = [np.array([of[key] for key in known]) for of in (said, right)]
        others = [", ".join(map(str, key)) for key in sorted(said.keys() ^ right.keys())]
        return [
            equal(values[0], values[1], labels, "is not what its operation comes to"),
            holds(np.zeros(len(others), np.bool_), (others,), "is stated or due, and not both"),
        ]

    def rows(self) -> Iterator[Told]:
        """Project, basis, figure, start year and value: of each scenario and expected over all."""
        seen = self._walk.nominal
        public = _public_money(seen)
        for place, p in enumerate(self._projects.tolist()):
            of = _Account(seen, p, float(public[p]))
            whole = {name: np.zeros(len(seen.years)) for name in FLOWS}
            weight = 0.0
            for s, scenario in enumerate(self._walk.scenarios):
                flows = self._served(s, place)
                if flows is None:
                    continue
                yield from of.rows(scenario, flows)
                probability = float(seen.books.probability[s])
                weight += probability
                whole = {name: whole[name] + probability * flows[name] for name in whole}
            if abs(weight - 1.0) < RUNS_KT:
                yield from of.rows(EXPECTED, whole)

    def _served(self, scenario: int, place: int) -> dict[str, Array] | None:
        """What a project earns in a scenario; None where some of its operation is not kept."""
        serving = self._walk.serving[scenario]
        if any(block not in self._flows for block in serving.tolist()):
            return None
        years = range(len(serving))
        return {
            name: np.array([self._flows[serving[y]][name][y, place] for y in years])
            for name in FLOWS
        }


class _Account:
    """The account of one project, with what is the same in all scenarios."""

    def __init__(self, seen: Case, p: int, public_musd: float) -> None:
        project = seen.instance.projects[p]
        self._seen, self._id = seen, project.id
        self._start, self._public = int(seen.answer.start[p]), public_musd
        first = self._start + project.build_years
        count = max(len(seen.years), first + project.life_years)
        self._life = np.arange(first, first + project.life_years)
        self._debt = _debt_service(seen, p, count)
        self._built = np.zeros(count)
        paid = profile(project) * project.capex_musd
        self._built[self._start : self._start + len(paid)] = paid[: count - self._start]
        self._delta = discount(seen.instance, np.arange(count))
        self._online = seen.online[p] > 0

    def rows(self, basis: str, flows: dict[str, Array]) -> Iterator[Told]:
        """The figures of a scenario that are defined."""
        year = self._seen.years[self._start]
        for figure, value in self._figures(flows).items():
            if value is not None:
                yield self._id, basis, figure, year, value

    def _figures(self, flows: dict[str, Array]) -> dict[str, float | None]:
        revenue, cost, tonnes, _ = (self._whole(flows[name]) for name in FLOWS)
        margin, count = revenue - cost, len(self._seen.years)
        debt = self._debt * flows["performing"][-1]
        owed = debt > NEGLIGIBLE_MUSD
        cover = margin[owed] / debt[owed]
        net = (margin - self._built)[self._start :]
        output = float(tonnes @ self._delta)
        idle = self._online & (flows["kt"] <= RUNS_KT) & (np.abs(flows["cash_cost"]) <= RUNS_KT)
        return {
            "revenue": float(revenue @ self._delta),
            "cash_cost": float(cost @ self._delta),
            "margin": float(margin @ self._delta),
            "debt_service": float(debt @ self._delta),
            "uncovered": float(np.maximum(debt - np.maximum(margin, 0), 0) @ self._delta),
            "npv": float((margin - self._built) @ self._delta),
            "irr": pyxirr.irr(net.tolist(), silent=True),
            "least_dscr": float(cover.min()) if len(cover) else None,
            "mean_dscr": float(cover.mean()) if len(cover) else None,
            "payback": _payback(net),
            "grant_equivalent": self._public,
            "subsidy": 1000 * self._public / output if output > RUNS_KT else None,
            "idle_years": float(idle[:count].sum()),
        }

    def _whole(self, within: Array) -> Array:
        """A flow to the end of the project's life: as in the last year after the horizon."""
        count = len(within)
        found = np.zeros(len(self._delta))
        found[:count] = within
        after = self._life[self._life >= count]
        found[after] = within[-1] if count - 1 in self._life else 0.0
        return found


def _by_recipe(seen: Case) -> dict[str, Array]:
    """Revenue, cash cost (M$) and main output (kt) of the blocks in hand, by recipe."""
    network, done = seen.network, seen.answer.operation["activity"]
    price = seen.worlds.price[seen.answer.scenario, seen.answer.year] / 1000
    recipe, tonnes = network.ingredient_recipe, network.ingredient_t_per_t
    moved = done[:, recipe] * tonnes
    worth = moved * price[:, network.ingredient_material]
    main = seen.network.at("materials", [p.main_material for p in seen.instance.projects])
    is_main = network.ingredient_material == main[network.recipe_project[recipe]]
    carbon = seen.of_recipes("carbon_t_per_t") * seen.instance.settings.carbon_price_usd_per_t
    unit = (seen.of_recipes("opex_usd_per_t") + carbon * seen.inside[network.recipe_project]) / 1000
    found = {name: np.zeros(done.shape) for name in FLOWS}
    out = tonnes > 0
    places = np.arange(len(done))[:, None]
    np.add.at(found["revenue"], (places, recipe[out][None, :]), worth[:, out])
    np.add.at(found["cash_cost"], (places, recipe[~out][None, :]), -worth[:, ~out])
    np.add.at(found["kt"], (places, recipe[out & is_main][None, :]), moved[:, out & is_main])
    found["cash_cost"] += done * unit
    return found


def _debt_service(seen: Case, p: int, count: int) -> Array:
    """What a project that succeeds owes the fund on loans, by year from the first one on (M$)."""
    owed, rows = np.zeros(count), seen.answer.commitment
    for n in np.flatnonzero(rows["project"] == p).tolist():
        terms = seen.instance.instruments[rows["instrument"][n]]
        if terms.kind == "loan":
            flow = scheduled(terms) * seen.answer.committed[n]
            start = int(rows["year"][n])
            owed[start : start + len(flow)] += flow[: count - start]
    return owed


def _public_money(seen: Case) -> Array:
    """Present value of what fund and treasuries give each project, returns off (M$)."""
    found = floor_cost_by_project(seen)
    np.add.at(found, seen.answer.commitment["project"], net_present_cost(seen))
    return found


def _payback(net: Array) -> float | None:
    """Years from the start until the sum of flows is not negative; None where it never is."""
    total = np.cumsum(net)
    behind = np.flatnonzero(total < -NEGLIGIBLE_MUSD)
    if not len(behind):
        return 0.0
    after = int(behind[-1]) + 1
    return float(after) if after < len(net) else None

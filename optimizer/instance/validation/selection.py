"""What can be chosen at all: locks, windows, requirements and totals thought through to the end.

An instance enters, and totals that its policies ask for. For each candidate there leaves whether
it must or cannot be started, each with its reason in words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.instance.validation.findings import Draft
from optimizer.instance.validation.tags import barred
from optimizer.instance.validation.totals import Bounds, Total, least_of, most_of
from optimizer.instance.validation.windows import window

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optimizer.instance import Instance
    from optimizer.instance.records import Relation


class Selection:
    """Bounds on the choice of a valid instance, tightened until nothing follows any more."""

    def __init__(self, instance: Instance) -> None:
        """Start from locks, floors and relations."""
        self.draft = Draft(instance)
        self.candidates = {row.id: row for row in instance.projects if row.status == "candidate"}
        self.windows = {p: list(window(self.draft, row)) for p, row in self.candidates.items()}
        self.must: dict[str, str] = {}
        """Why a candidate is started with the fund, whatever is decided."""
        self.cannot: dict[str, str] = {}
        """Why the fund can never start a candidate."""
        self.required: set[str] = set()
        """Candidates that must be started because another one requires them."""
        self.alone = {
            p
            for p, row in self.candidates.items()
            if row.goes_ahead_alone is not None and row.locked != "out"
        }
        self.needs = [row for row in instance.relations if row.kind == "requires"]
        self.groups = [total for row in instance.relations for total in self._totals(row)]
        self.totals = list(self.groups)
        self._settle()
        self.tighten()

    @property
    def bounds(self) -> Bounds:
        """What is chosen in any case and in none."""
        return Bounds(self.must, self.cannot)

    def add(self, totals: Iterable[Total]) -> None:
        """Take further rules into account."""
        self.totals += totals
        self.tighten()

    def most(self, total: Total) -> float:
        """What a total comes to at most, groups and exclusions taken into account."""
        return most_of(total, self.bounds, [row for row in self.groups if row.sense == "most"])

    def tighten(self) -> None:
        """Draw consequences until there are no more."""
        before: object = None
        while before != (state := (len(self.must), len(self.cannot), str(self.windows))):
            before = state
            for row in self.needs:
                self._require(row)
            for p, (first, last) in self.windows.items():
                if first > last:
                    why = f"it could start from {first} on, and no later than {last}"
                    self.cannot.setdefault(p, why)
            for total in self.totals:
                self._count(total)

    def _settle(self) -> None:
        """What locks, floors and years of going ahead say."""
        for p, row in self.candidates.items():
            if row.locked == "out":
                self.cannot[p] = "it is locked out"
            elif why := barred(self.draft, row):
                self.cannot[p] = why
            if p in self.alone:
                year = row.goes_ahead_alone or 0
                self.windows[p][1] = min(self.windows[p][1], year)
                if p in self.cannot or self.windows[p][0] >= year:
                    self.windows[p][0] = year
                    self.cannot.setdefault(p, f"it goes ahead alone in {year}")
            elif row.locked == "in":
                self.must[p] = "is locked in"

    def _require(self, row: Relation) -> None:
        """A requirement: the first no earlier, the second no later than the lag allows."""
        p, other = row.projects
        if p not in self.candidates or other not in self.candidates or p in self.alone:
            return
        if other in self.cannot and other not in self.alone:
            why = f"it requires '{other}', which cannot be started: {self.cannot[other]}"
            self.cannot.setdefault(p, why)
            return
        mine, its = self.windows[p], self.windows[other]
        if its[0] + row.lag_years > mine[0]:
            mine[0] = its[0] + row.lag_years
        if p in self.must and other not in self.alone:
            if other not in self.must:
                self.must[other] = f"is required by '{p}', which {self.must[p]}"
                self.required.add(other)
            its[1] = min(its[1], mine[1] - row.lag_years)

    def _totals(self, row: Relation) -> list[Total]:
        """A relation as bounds on the number of what is started by the end."""
        if row.kind == "requires":
            return []
        free = {p: 1.0 for p in row.projects if p in self.candidates and p not in self.alone}
        anyway = float(len(row.projects) - len(free))
        most = 1 if row.kind == "excludes" else row.most
        found = []
        if most is not None:
            field = "projects" if row.kind == "excludes" else "most"
            found.append(Total(row, field, "projects", "most", most, free, anyway))
        if row.kind == "group" and row.least:
            found.append(Total(row, "least", "projects", "least", row.least, free, anyway))
        return found

    def _count(self, total: Total) -> None:
        """What a total leaves no room for, and what it cannot do without."""
        free = {
            p: weight
            for p, weight in total.weights.items()
            if weight and p not in self.must and p not in self.cannot
        }
        if total.sense == "most":
            room = total.bound + total.slack - least_of(total, self.bounds)
            if room >= 0:
                for p, weight in free.items():
                    if weight > room:
                        self.cannot[p] = f"{total.name} leaves no room for it"
            return
        spare = most_of(total, self.bounds) - total.bound + total.slack
        if spare >= 0:
            for p, weight in free.items():
                if weight > spare and p not in self.alone:
                    self.must[p] = f"is needed for {total.name}"

"""Second ways to a first portfolio, where the relaxation leads to none.

Fixing what the relaxation is sure of fails where its fractions are what keeps it within a budget:
rounded up, they no longer are. Two other ways always give something to try.

- *Lists* (serial schedule generation, Kelley 1963): candidates in the order in which the relaxation
  starts them, each at the earliest year, not before the relaxation's, at which requirements,
  exclusions, caps and what the fund has by then leave room for it.
- *Nothing*: every candidate as late as it may be, most of them never.

What is proposed here is fixed and solved like any other choice, so it need not be right, only
likely.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from optimizer.blocks.parameters import Parameters
    from optimizer.program.stamped import Stamped

    Floats = NDArray[np.float64]

WANTED = 0.05
"""Share of a start in the relaxation from which a candidate is listed."""
TOLERANCE = 1e-9


def second_ways(stamped: Stamped, relaxed: Floats) -> Iterator[Floats]:
    """Values of w to try, the most promising first.

    Args:
        stamped: the program.
        relaxed: a solution of its relaxation.
    """
    w = stamped.investment.columns["w"]
    lower = stamped.program.lower[w]
    if len(lower):
        yield _List(stamped, relaxed[w], hopeful=True).placed()
        yield _List(stamped, relaxed[w], hopeful=False).placed()
    yield lower.copy()


@dataclass(frozen=True)
class _List:
    """Candidates placed one after the other."""

    stamped: Stamped
    relaxed: Floats
    hopeful: bool
    """Whether private money is counted on where there may be some."""

    def placed(self) -> Floats:
        """Values of w: who fits, as early as fits."""
        w = self._first.copy()
        loads, spent = self._rows @ w, np.zeros(len(self._available))
        for p in self._order:
            window, columns = self._q.windows[p], self._columns[p]
            for k in range(self._earliest[p], len(window)):
                place = slice(int(columns[k]), int(columns[-1]) + 1)
                added = 1.0 - w[place]
                if (self._upper[place] < 1).any():
                    continue
                more, paid = self._rows[:, place] @ added, self._payments(p, window[k])
                if (loads + more <= self._most).all() and (spent + paid <= self._available).all():
                    w[place], loads, spent = 1.0, loads + more, spent + paid
                    break
        return w

    @property
    def _q(self) -> Parameters:
        return self.stamped.worlds.q

    @cached_property
    def _columns(self) -> dict[str, Floats]:
        """Positions among the columns of w of each candidate's window."""
        found: dict[str, list[int]] = {}
        for column, (p, _) in enumerate(self.stamped.investment.keys["w"]):
            found.setdefault(p, []).append(column)
        return {p: np.array(columns) for p, columns in found.items()}

    @cached_property
    def _first(self) -> Floats:
        return np.asarray(self.stamped.program.lower[self.stamped.investment.columns["w"]])

    @cached_property
    def _upper(self) -> Floats:
        return np.asarray(self.stamped.program.upper[self.stamped.investment.columns["w"]])

    @cached_property
    def _earliest(self) -> dict[str, int]:
        """Place in its window at which the relaxation has half started each candidate."""
        found = {}
        for p, columns in self._columns.items():
            value = self.relaxed[columns]
            found[p] = int(np.argmax(value >= 0.5 * value[-1] - TOLERANCE))
        return found

    @cached_property
    def _order(self) -> list[str]:
        """Candidates that the relaxation wants, by mean start, after what they require."""
        last = {p: self.relaxed[columns[-1]] for p, columns in self._columns.items()}
        mean = {
            p: self._q.windows[p][0]
            + float(np.sum(1.0 - self.relaxed[columns] / max(last[p], WANTED)))
            for p, columns in self._columns.items()
        }
        wanted = [p for p in self._columns if last[p] > WANTED and self._first_free(p)]
        wanted.sort(key=lambda p: (mean[p], -last[p]))
        requires: dict[str, list[str]] = {}
        for relation in self._q.instance.relations:
            if relation.kind == "requires":
                requires.setdefault(relation.projects[0], []).append(relation.projects[1])
        found: dict[str, None] = {}

        def enter(p: str, above: frozenset[str]) -> None:
            for other in requires.get(p, ()):
                if other not in above and other not in found and other in self._columns:
                    enter(other, above | {other})
            found.setdefault(p)

        for p in wanted:
            enter(p, frozenset({p}))
        return [p for p in found if self._first_free(p)]

    def _first_free(self, p: str) -> bool:
        """Whether the candidate is not started at its first year anyway."""
        return bool(self._first[self._columns[p][0]] < 1)

    def _rows_on(self, component: str) -> NDArray[np.bool_]:
        """Rows of the investment that one component enters, and nothing else that is not 0."""
        block = self.stamped.investment
        own = np.zeros(block.size)
        own[block.columns[component]] = 1.0
        others = np.where((block.column_lower == 0) & (block.column_upper == 0), 0.0, 1.0 - own)
        sizes = abs(block.matrix)
        return np.asarray((sizes @ others == 0) & (sizes @ own > 0))

    # Rows on starts alone: requirements, exclusions, groups, counts, attributes, scores.

    @cached_property
    def _pure(self) -> tuple[sparse.csc_array, Floats]:
        block = self.stamped.investment
        pure = self._rows_on("w")
        rows = block.matrix[pure][:, block.columns["w"]]
        upper, lower = block.row_upper[pure], block.row_lower[pure]
        capped, least = np.isfinite(upper), np.isfinite(lower)
        most = np.concatenate([upper[capped], -lower[least]])
        return sparse.csc_array(sparse.vstack([rows[capped], -rows[least]])), most + TOLERANCE

    @property
    def _rows(self) -> sparse.csc_array:
        return self._pure[0]

    @cached_property
    def _most(self) -> Floats:
        """Right sides; where the start of all starts misses one, what it misses is granted."""
        return np.asarray(np.maximum(self._pure[1], self._pure[0] @ self._first))

    # Money: what is paid by each year against what has come in, and limits on commitments.

    @cached_property
    def _available(self) -> Floats:
        """M$ of all members that have come in by each year, less their outlays."""
        q = self._q
        opening = sum(member.opening_cash_musd for member in q.instance.members)
        yearly = [
            sum(
                q.contributions.get((f, year), 0.0) - q.outlays.get((f, year), 0.0)
                for f in q.members
            )
            for year in q.years
        ]
        return np.concatenate([opening + np.cumsum(yearly), self._limits[1]]) + TOLERANCE

    def _payments(self, p: str, start: int) -> Floats:
        """M$ that the fund has paid by each year for a start, and what that is in each limit."""
        q, project = self._q, self._q.candidates[p]
        by_year, limited = np.zeros(len(q.years)), np.zeros(len(self._limits[1]))
        if start == project.goes_ahead_alone:
            return np.concatenate([by_year, limited])
        private = project.private_appetite if self.hopeful else 0.0
        need = (1.0 - private) * project.capex_musd
        for h, share in enumerate(q.profile(project)):
            by_year[max(0, start + h - q.years[0]) :] += need * share
        return np.concatenate([by_year, need * self._limits[0].get((p, start), limited)])

    @cached_property
    def _limits(self) -> tuple[dict[tuple[str, int], Floats], Floats]:
        """Limits on commitments: what a unit committed at a start counts at least, and the most."""
        block = self.stamped.investment
        money = self._rows_on("commit") & np.isfinite(block.row_upper)
        rows = block.matrix[money][:, block.columns["commit"]].toarray()
        most = block.row_upper[money]
        found: dict[tuple[str, int], Floats] = {}
        for column, (p, _, _, t) in enumerate(block.keys["commit"]):
            found[p, t] = np.minimum(found.get((p, t), np.inf), rows[:, column])
        return found, most

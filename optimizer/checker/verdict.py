"""The verdict: what was found, rule by rule, while one scenario after the other is in hand.

Enter: rows of a rule. Leave: the violations among them and the largest deviation; the rows
themselves are let go of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from optimizer.checker.rows import Rows
    from optimizer.plan import Violation


class Verdict:
    """What was found so far."""

    def __init__(self, rules: Iterable[str], tolerance: float) -> None:
        """Begin.

        Args:
            rules: those that are judged in any case, in the order in which they are told.
            tolerance: largest relative violation of a row that is granted.
        """
        self._tolerance = tolerance
        self._found: dict[str, list[Violation]] = {rule: [] for rule in rules}
        self.worst = 0.0

    @property
    def rules(self) -> tuple[str, ...]:
        """What was judged, in order."""
        return tuple(self._found)

    @property
    def violations(self) -> tuple[Violation, ...]:
        """All violations, by rule."""
        return tuple(violation for found in self._found.values() for violation in found)

    def add(self, rule: str, rows: Iterable[Rows]) -> None:
        """Judge rows of a rule."""
        found = self._found.setdefault(rule, [])
        for row in rows:
            self.worst = max(self.worst, row.worst())
            found += row.violations(rule, self._tolerance)

    def add_all(self, rows: Mapping[str, Iterable[Rows]]) -> None:
        """Judge the rows of several rules."""
        for rule, some in rows.items():
            self.add(rule, some)

    def include(self, other: Verdict, rule: str) -> None:
        """Take over what another found, under one rule that names the others in its places."""
        self.worst = max(self.worst, other.worst)
        found = self._found.setdefault(rule, [])
        for one in other.violations:
            found.append(one.replaced(rule=rule, where=f"{one.rule}, {one.where}"))

"""What the rules read (a draft of an instance) and what they say (findings).

A draft may lack rows that could not be read; a rule names the tables that it needs whole, and is
left out when one of them is not, so that one bad cell does not cause a hundred false findings.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Literal, NamedTuple

from optimizer.instance.validation.words import first_few

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from optimizer.instance import Instance
    from optimizer.instance.records import Country, Material, Project, Row

Key = tuple[object, ...]

VARYING = re.compile(r"'[^']*'|[-+]?\d[\d.,–e+-]*|\b[A-Z]{3}\b")
"""What differs between messages of one sort: quoted names, figures, codes."""

MOST_ALIKE = 3
"""Warnings of one sort that are told one by one."""

MOST_EXAMINED = 10_000
"""Findings of one rule after which it is left."""

MOST_LISTED = 1_000
"""Findings of one rule, or faults of one table, that are spelt out."""


class Finding(NamedTuple):
    """One thing wrong or worth a look, told by the row's key."""

    table: str
    key: Key | None
    """Key of the row; None for the table as a whole."""
    field: str
    message: str
    level: Literal["error", "warning"] = "error"
    occurrence: int = 0
    """Which of several rows with this key, the first being 0."""


def error(row: Row, field: str, message: str) -> Finding:
    """A fault of one row."""
    return Finding(row.table, row.key_values(), field, message)


def warning(row: Row, field: str, message: str) -> Finding:
    """Something of one row that is worth a look."""
    return Finding(row.table, row.key_values(), field, message, "warning")


def table_error(table: str, field: str, message: str) -> Finding:
    """A fault of a whole table."""
    return Finding(table, None, field, message)


class Draft:
    """The rows of an instance as far as they could be read, with look-ups that rules share."""

    def __init__(
        self, instance: Instance, lost: Mapping[str, frozenset[str] | None] | None = None
    ) -> None:
        """Wrap an instance.

        Args:
            instance: the rows, perhaps unsorted and unchecked across records.
            lost: for each table that is not whole, the identifiers of the rows left out; None
                where they are not known. `settings` counts as a table.
        """
        self.instance = instance
        self.lost = dict(lost or {})

    def identifiers(self, table: str) -> frozenset[str] | None:
        """Identifiers of a table, with those of unreadable rows; None if they are not known."""
        lost = self.lost.get(table, frozenset())
        if lost is None:
            return None
        return lost | {row.id for row in getattr(self.instance, table)}

    @cached_property
    def years(self) -> range:
        """The years of the horizon."""
        return self.instance.settings.years

    @cached_property
    def countries(self) -> dict[str, Country]:
        """Countries by code."""
        return {row.id: row for row in self.instance.countries}

    @cached_property
    def zone_of(self) -> dict[str, str]:
        """Zone of each country."""
        return {row.id: row.zone for row in self.instance.countries}

    @cached_property
    def materials(self) -> dict[str, Material]:
        """Materials by identifier."""
        return {row.id: row for row in self.instance.materials}

    @cached_property
    def projects(self) -> dict[str, Project]:
        """Projects by identifier."""
        return {row.id: row for row in self.instance.projects}

    @cached_property
    def demand_zones(self) -> dict[str, set[str]]:
        """Zones whose segments want each material."""
        wanted: dict[str, set[str]] = defaultdict(set)
        for segment in self.instance.segments:
            wanted[segment.material].add(segment.zone)
        return wanted

    @cached_property
    def recipe_zones(self) -> dict[tuple[str, str], set[str]]:
        """Zones in which some recipe has the material as ("input" | "output", material)."""
        zones: dict[tuple[str, str], set[str]] = defaultdict(set)
        for row in self.instance.ingredients:
            plant = self.projects.get(row.project)
            if plant is not None and plant.country in self.zone_of and row.t_per_t > 0:
                zones[row.direction, row.material].add(self.zone_of[plant.country])
        return zones

    @cached_property
    def open_candidates(self) -> dict[str, Project]:
        """Candidates that are not locked out."""
        return {
            name: row
            for name, row in self.projects.items()
            if row.status == "candidate" and row.locked != "out"
        }

    @cached_property
    def candidate_flows(self) -> set[tuple[str, str]]:
        """What candidates use and make besides their main material: (direction, material)."""
        flows: set[tuple[str, str]] = set()
        for row in self.instance.ingredients:
            plant = self.open_candidates.get(row.project)
            main = plant.main_material if plant is not None else None
            if plant is None or row.t_per_t == 0:
                continue
            if row.direction == "input" or main not in (None, row.material):
                flows.add((row.direction, row.material))
        return flows


class Rule(NamedTuple):
    """A check, and the tables that it can only judge whole."""

    check: Callable[[Draft], Iterator[Finding]]
    needs: tuple[str, ...] = ()


def condensed(found: Iterable[Finding]) -> list[Finding]:
    """Findings of a rule with warnings of one sort as one: the first of them, and how many more.

    Warnings are of one sort if they are about the same column and differ in names and figures
    alone. Errors are all told: each of them has to be mended.
    """
    sorts: dict[object, list[Finding]] = {}
    for number, finding in enumerate(found):
        alike = (finding.table, finding.field, VARYING.sub("", finding.message))
        own = finding.level == "error" or finding.key is None
        sorts.setdefault(number if own else alike, []).append(finding)
    told: list[Finding] = []
    for rows in sorts.values():
        if len(rows) <= MOST_ALIKE:
            told += rows
            continue
        keys = ["/".join(map(str, row.key or ())) for row in rows[1:]]
        message = f"{rows[0].message} (and so in {first_few(keys)})"
        told.append(rows[0]._replace(message=message))
    return told


def findings(draft: Draft, rules: Iterable[Rule]) -> Iterator[Finding]:
    """What the rules find that can be judged."""
    for rule in rules:
        if any(table in draft.lost for table in rule.needs):
            continue
        found = condensed(islice(rule.check(draft), MOST_EXAMINED))
        yield from found[:MOST_LISTED]
        if len(found) > MOST_LISTED:
            message = f"there is more of this sort; only the first {MOST_LISTED:,} are listed"
            yield found[-1]._replace(key=None, field="", message=message)

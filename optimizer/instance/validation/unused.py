"""Worth a look: records that nothing refers to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.instance.failure import is_drawn
from optimizer.instance.validation.findings import Draft, Finding, Rule, warning
from optimizer.instance.validation.references import REFERENCES, named

if TYPE_CHECKING:
    from collections.abc import Iterator

DESCRIBES = frozenset({("prices", "material"), ("contents", "material")})
"""Columns that only describe a material; being described is no use."""

CHECKED = ("zones", "countries", "materials", "corridors")


def unused_records(draft: Draft) -> Iterator[Finding]:
    """A place or material that no other row refers to."""
    for target in CHECKED:
        columns = [
            (row.table, row.field)
            for row in REFERENCES
            if row.target == target and (row.table, row.field) not in DESCRIBES
        ]
        if any(table in draft.lost for table, _ in columns):
            continue
        used = {
            name
            for table, field in columns
            for row in getattr(draft.instance, table)
            for name in named(row, field)
        }
        for row in getattr(draft.instance, target):
            if row.id not in used:
                yield warning(row, "id", f"'{row.id}' is not used anywhere")


def idle_members(draft: Draft) -> Iterator[Finding]:
    """A member that never pays."""
    rows = draft.instance.contributions
    paying = {row.member for row in rows if row.amount_musd or row.amount_million}
    for row in draft.instance.members:
        if row.id not in paying and row.opening_cash_musd == 0:
            yield warning(row, "id", f"'{row.id}' has neither contributions nor opening cash")


def idle_scenarios(draft: Draft) -> Iterator[Finding]:
    """A scenario in which nothing happens."""
    changed = {row.scenario for row in draft.instance.shocks}
    changed |= {row.scenario for row in draft.instance.delays + draft.instance.failures}
    changed |= {
        row.id for row in draft.instance.scenarios if is_drawn(draft.instance.settings, row)
    }
    for row in draft.instance.scenarios:
        if not row.nominal and row.id not in changed:
            message = f"'{row.id}' has no shock, delay or failure: it repeats the nominal one"
            yield warning(row, "id", message)


def idle_corridor_plants(draft: Draft) -> Iterator[Finding]:
    """A corridor without capacity that no project adds to."""
    added = {row.corridor for row in draft.instance.projects if row.kind == "infrastructure"}
    for row in draft.instance.corridors:
        if row.capacity_t_per_year == 0 and row.id not in added:
            message = f"'{row.id}' has no capacity and no project adds any"
            yield warning(row, "capacity_t_per_year", message)


RULES = (
    Rule(unused_records),
    Rule(idle_members, ("contributions",)),
    Rule(idle_scenarios, ("shocks", "delays", "failures", "settings")),
    Rule(idle_corridor_plants, ("projects",)),
)

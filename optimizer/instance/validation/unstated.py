"""What a file leaves empty and is read as the best that it could be.

Rows enter as they were read, with the fields that they state; an error leaves for each candidate
without a building cost, and one warning for each column of which a default flatters. A default
that is written out is a statement, and none of these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from optimizer.instance.validation.findings import Finding, error
from optimizer.instance.validation.recipes import PRODUCERS
from optimizer.instance.validation.words import first_few

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from optimizer.instance.records import Row
    from optimizer.instance.validation.findings import Draft


class Flattery(NamedTuple):
    """A column whose default is the best case."""

    table: str
    field: str
    rows: str
    """What the rows are, in the plural."""
    reading: str
    """What an empty cell is read as, and what that spares."""
    concerns: Callable[[Draft, Row], bool]
    """Whether the default flatters this row."""


def candidate(draft: Draft, row: Row) -> bool:
    """Whether a row is a candidate that is not locked out."""
    return getattr(row, "id", "") in draft.open_candidates


def plant(draft: Draft, row: Row) -> bool:
    """Whether a row is a candidate that makes something."""
    return candidate(draft, row) and getattr(row, "kind", "") in PRODUCERS


def risky(draft: Draft, row: Row) -> bool:
    """Whether a row is a candidate that may fail and takes years: no store of bought goods."""
    return candidate(draft, row) and getattr(row, "kind", "") != "stockpile"


def backed(draft: Draft, row: Row) -> bool:
    """Whether private money may come to a candidate."""
    return candidate(draft, row) and getattr(row, "private_appetite", 0.0) > 0


def abroad(draft: Draft, row: Row) -> bool:
    """Whether a row is a candidate plant outside the alliance."""
    country = draft.countries.get(getattr(row, "country", ""))
    return plant(draft, row) and country is not None and not country.alliance


def owned(draft: Draft, row: Row) -> bool:
    """Whether a row belongs to a candidate."""
    return getattr(row, "project", "") in draft.open_candidates


def at_home(draft: Draft, row: Row) -> bool:
    """Whether a row is of a candidate inside the alliance, whose running costs count."""
    found = draft.open_candidates.get(getattr(row, "project", ""))
    country = draft.countries.get(found.country) if found else None
    return country is not None and country.alliance


def emitting(draft: Draft, row: Row) -> bool:
    """Whether carbon has a price, a cap or a weight, for a candidate's recipe."""
    priced = draft.instance.settings is not None and draft.instance.settings.carbon_price_usd_per_t
    return owned(draft, row) and bool(priced or counts(draft, "carbon"))


def thirsty(draft: Draft, row: Row) -> bool:
    """Whether water has a cap or a weight, for a candidate's recipe."""
    return owned(draft, row) and counts(draft, "water")


def counts(draft: Draft, criterion: str) -> bool:
    """Whether an instance caps, weighs or bounds a criterion."""
    instance = draft.instance
    weights = instance.settings.objective.weights if instance.settings is not None else {}
    return (
        bool(weights.get(criterion))
        or any(row.criterion == criterion for row in instance.steps)
        or any(
            row.enabled and (row.kind == f"{criterion}_cap" or row.criterion == criterion)
            for row in instance.policies
        )
    )


def fed(draft: Draft, row: Row) -> bool:
    """Whether a candidate takes in the material of a row."""
    return ("input", getattr(row, "material", "")) in draft.candidate_flows


def left_over(draft: Draft, row: Row) -> bool:
    """Whether a candidate makes a material besides its main one."""
    return ("output", getattr(row, "id", "")) in draft.candidate_flows


def watched(draft: Draft, row: Row) -> bool:
    """Whether some policy asks whether suppliers are trusted."""
    return any(x.enabled and x.kind == "untrusted_share" for x in draft.instance.policies)


def always(draft: Draft, row: Row) -> bool:
    """Every row."""
    return True


FLATTERING = (
    Flattery("projects", "build_years", "candidates", "0: output in the year of the start",
             risky),
    Flattery("projects", "life_years", "candidates", "20 years of output", risky),
    Flattery("projects", "ramp", "candidates", "1: full output from the first year", plant),
    Flattery("projects", "success_probability", "candidates", "1: certain to succeed", risky),
    Flattery("projects", "offtake_share", "candidates outside the alliance",
             "1: the alliance has all of the output", abroad),
    Flattery("projects", "bankable", "candidates with private appetite",
             "true: private money comes without a contract", backed),
    Flattery("projects", "private_premium", "candidates with private appetite",
             "0: private money costs no more than public", backed),
    Flattery("recipes", "opex_usd_per_t", "recipes of candidates", "0: nothing to run", at_home),
    Flattery("recipes", "carbon_t_per_t", "recipes of candidates", "0: no emissions", emitting),
    Flattery("recipes", "water_m3_per_t", "recipes of candidates", "0: no water", thirsty),
    Flattery("stockpiles", "loss_share", "candidate stockpiles", "0: nothing spoils", owned),
    Flattery("stockpiles", "holding_cost_usd_per_t", "candidate stockpiles",
             "0: keeping it is free", owned),
    Flattery("stockpiles", "understock_cost_usd_per_t", "candidate stockpiles",
             "0: a plan that is not kept costs nothing", owned),
    Flattery("arisings", "collection_cost_usd_per_t", "rows of scrap that candidates use",
             "0: collecting is free", fed),
    Flattery("materials", "disposal_cost_usd_per_t", "by-products of candidates",
             "0: getting rid of them is free", left_over),
    Flattery("routes", "freight_usd_per_t", "routes", "0: moving is free", always),
    Flattery("suppliers", "trusted", "suppliers", "true: the alliance trusts them", watched),
)  # fmt: skip
"""Columns whose default is the best case. Columns of which empty means unknown, none or unlimited
say so themselves and have no other way to be said."""


def unstated(draft: Draft) -> Iterator[Finding]:
    """What candidates leave empty: a building cost is missed, other columns are told by count."""
    for project in draft.open_candidates.values():
        if "capex_musd" not in project.model_fields_set:
            message = (
                "is empty, and a candidate without a building cost would be free: write what it "
                "costs, or 0 if it really costs nothing"
            )
            yield error(project, "capex_musd", message)
    if {"projects", "settings", "ingredients", "policies", "countries"} & draft.lost.keys():
        return
    for column in FLATTERING:
        if column.table in draft.lost:
            continue
        yield from told(draft, column)


def told(draft: Draft, column: Flattery) -> Iterator[Finding]:
    """One warning with the number of rows that leave the column empty, and the first of them."""
    rows = [row for row in getattr(draft.instance, column.table) if column.concerns(draft, row)]
    names: dict[str, None] = {}
    empty = 0
    for row in rows:
        if column.field not in row.model_fields_set:
            empty += 1
            names["/".join(map(str, row.key_values()))] = None
    if not empty:
        return
    verb = "leaves" if empty == 1 else "leave"
    message = (
        f"{empty:,} of {len(rows):,} {column.rows} {verb} it empty ({first_few(names)}): it is "
        f"read as {column.reading}; write what is known, or that value if it is meant"
    )
    yield Finding(column.table, None, column.field, message, "warning")

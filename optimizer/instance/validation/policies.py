"""Policies: what each kind needs, allows and ignores (rules 5 to 8, 17 and 19)."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from optimizer.instance.records.base import Stage
from optimizer.instance.records.projects import ProjectKind
from optimizer.instance.validation.findings import Draft, Finding, Rule, error, warning
from optimizer.instance.validation.words import listed, number_text, suggestion
from optimizer.vocabulary.policies import KINDS, SOFT, USED_BY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.instance.records import Policy


def fields(draft: Draft) -> Iterator[Finding]:
    """The fields that the kind needs are filled; the others are not used."""
    for row in draft.instance.policies:
        for name in KINDS[row.kind].needs:
            if getattr(row, name) is None:
                yield error(row, name, f"{row.kind} needs it")
        for name, kinds in USED_BY.items():
            if getattr(row, name) is not None and row.kind not in kinds:
                yield warning(row, name, f"{row.kind} does not use it; {listed(kinds)} do")


def values(draft: Draft) -> Iterator[Finding]:
    """The bound is within the range of its kind."""
    for row in draft.instance.policies:
        kind = KINDS[row.kind]
        for name in ("value", "final_value"):
            value = getattr(row, name)
            if value is not None and not kind.low <= value <= kind.high:
                low, high = number_text(kind.low), number_text(kind.high)
                hint = " (40 % is 0.4)" if kind.high == 1 and 1 < value <= 100 else ""
                message = f"{number_text(value)} is not within {low} to {high}, as {row.kind} needs"
                yield error(row, name, message + hint)
        if row.kind == "project_count" and row.value != round(row.value):
            yield error(row, "value", f"{row.value:g} is not a whole number of projects")


def senses(draft: Draft) -> Iterator[Finding]:
    """A kind that is a lower or an upper bound by definition is not read as the other."""
    for row in draft.instance.policies:
        sense = KINDS[row.kind].sense
        if sense == "most" and row.sense == "least":
            yield error(row, "sense", f"{row.kind} is an upper bound: write most")
        elif sense == "least" and row.sense == "most":
            message = f"{row.kind} is a lower bound whatever this says: write least"
            yield warning(row, "sense", message)


def tag_values(draft: Draft, row: Policy) -> set[str]:
    """The values that a tag can have in this instance."""
    instance = draft.instance
    known = {
        "country": set(draft.countries),
        "bloc": {country.bloc for country in instance.countries},
        "owner": {project.owner for project in instance.projects},
        "kind": set(get_args(ProjectKind)),
        "stage": set(get_args(Stage)),
        "material": set(draft.materials),
        "instrument": {money.id for money in instance.instruments},
    }
    return known[row.tag] - {""}


def tags(draft: Draft) -> Iterator[Finding]:
    """A tag has a value that something in the instance has."""
    for row in draft.instance.policies:
        if not KINDS[row.kind].is_tagged:
            if row.tag != "all" or row.tag_value:
                yield warning(row, "tag", f"{row.kind} does not use it")
        elif row.tag in ("all", "inside", "outside"):
            if row.tag_value:
                yield warning(row, "tag_value", f"the tag {row.tag} does not use it")
        elif row.tag == "instrument" and row.kind != "money_share":
            message = f"{row.kind} counts projects, and an instrument is a tag of money"
            yield error(row, "tag", message)
        elif not row.tag_value:
            yield error(row, "tag_value", f"the tag {row.tag} needs a value")
        elif row.tag == "governance_below":
            yield from governance(row)
        elif row.tag_value not in (known := tag_values(draft, row)):
            hint = suggestion(row.tag_value, known)
            yield error(row, "tag_value", f"nothing has the {row.tag} '{row.tag_value}'{hint}")


def governance(row: Policy) -> Iterator[Finding]:
    """The value of governance_below is a WGI value."""
    try:
        value = float(row.tag_value)
    except ValueError:
        yield error(row, "tag_value", f"'{row.tag_value}' is not a number")
        return
    if not -2.5 <= value <= 2.5:
        yield error(row, "tag_value", f"{row.tag_value} is not a WGI value within -2.5 to 2.5")


def soft_rows(draft: Draft) -> Iterator[Finding]:
    """Only rule 17 can be missed, and then at a penalty."""
    for row in draft.instance.policies:
        if row.hard:
            if row.penalty_usd_per_t:
                yield warning(row, "penalty_usd_per_t", "is not used: the row is hard")
        elif row.kind not in SOFT:
            yield error(row, "hard", f"{row.kind} is always hard; only {listed(SOFT)} may be soft")
        elif row.penalty_usd_per_t == 0:
            yield error(row, "penalty_usd_per_t", "a soft row needs a penalty above 0")


def dear_penalties(draft: Draft) -> Iterator[Finding]:
    """A penalty at or above the cheapest shortage tranche is met by starving demand."""
    materials = {row.id: row.material for row in draft.instance.segments}
    contents = {(row.material, row.element): row.content_t_per_t for row in draft.instance.contents}
    for row in draft.instance.policies:
        if row.hard or row.element is None:
            continue
        costs = [
            tranche.cost_usd_per_t / content
            for tranche in draft.instance.tranches
            if (content := contents.get((materials.get(tranche.segment, ""), row.element), 0.0))
        ]
        if costs and row.penalty_usd_per_t >= min(costs):
            message = (
                f"{number_text(row.penalty_usd_per_t)} USD/t is not below the cheapest shortage of "
                f"{row.element}, {number_text(min(costs))} USD/t: the row is met by starving demand"
            )
            yield warning(row, "penalty_usd_per_t", message)


def unknown_traces(draft: Draft) -> Iterator[Finding]:
    """Elements and attributes exist somewhere."""
    elements = {row.element for row in draft.instance.contents}
    attributes = {row.attribute for row in draft.instance.attributes}
    for row in draft.instance.policies:
        if row.element is not None and row.element not in elements and "contents" not in draft.lost:
            hint = suggestion(row.element, elements)
            yield error(row, "element", f"no material contains '{row.element}' (contents){hint}")
        if (
            row.attribute is not None
            and row.attribute not in attributes
            and "attributes" not in draft.lost
        ):
            hint = suggestion(row.attribute, attributes)
            yield error(row, "attribute", f"no project has the attribute '{row.attribute}'{hint}")


def survival(draft: Draft) -> Iterator[Finding]:
    """A service level needs a scenario that must be survived, and such a scenario a level."""
    marked = [row for row in draft.instance.scenarios if row.must_survive]
    levels = [row for row in draft.instance.policies if row.kind == "must_survive"]
    if not marked:
        for row in levels:
            message = "no scenario has must_survive: there is nothing to survive"
            yield warning(row, "kind", message)
    if not levels:
        for scenario in marked:
            message = "no policy of the kind must_survive says what that means"
            yield warning(scenario, "must_survive", message)


def years(draft: Draft) -> Iterator[Finding]:
    """First, last and glide years lie in the horizon and in order."""
    first, last = draft.instance.settings.first_year, draft.instance.settings.last_year
    for row in draft.instance.policies:
        for name in ("first_year", "last_year", "glide_until"):
            year = getattr(row, name)
            if year is not None and not first <= year <= last:
                yield error(row, name, f"{year} is outside the horizon {first}–{last}")
        begin, end = row.first_year or first, row.last_year or last
        if begin > end:
            yield error(row, "last_year", f"{end} is before first_year {begin}")
        yield from glide(row, begin, end)
        kind = KINDS[row.kind]
        timed = kind.is_yearly or kind.has_years
        if not timed and (row.first_year is not None or row.last_year is not None):
            yield warning(row, "first_year", f"{row.kind} counts all years and does not use it")


def glide(row: Policy, begin: int, end: int) -> Iterator[Finding]:
    """A glide path has an end and a last value, within the years of the row."""
    if (row.final_value is None) != (row.glide_until is None):
        field = "final_value" if row.final_value is None else "glide_until"
        yield error(row, field, "a glide path needs both final_value and glide_until")
    if row.glide_until is None:
        return
    if not KINDS[row.kind].is_yearly:
        yield error(row, "glide_until", f"{row.kind} does not hold year by year and cannot glide")
    elif row.kind == "local_processing":
        yield error(row, "glide_until", "local_processing holds at one value: give a row per step")
    elif not begin < row.glide_until <= end:
        message = f"{row.glide_until} is not after {begin} and until {end}, the years of the row"
        yield error(row, "glide_until", message)


RULES = (
    Rule(fields),
    Rule(values),
    Rule(senses),
    Rule(tags, ("countries", "projects", "materials", "instruments")),
    Rule(soft_rows),
    Rule(dear_penalties, ("segments", "contents", "tranches")),
    Rule(unknown_traces),
    Rule(survival, ("scenarios", "policies")),
    Rule(years, ("settings",)),
)

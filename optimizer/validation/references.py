"""Every row has a key of its own, and every identifier that a row names exists."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from optimizer.validation.findings import Draft, Finding, Rule, error
from optimizer.validation.words import is_country, not_a_country, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.records import Row


class Reference(NamedTuple):
    """A column whose cells name rows of another table."""

    table: str
    field: str
    target: str


REFERENCES = tuple(
    Reference(table, field, target)
    for target, columns in {
        "zones": (
            ("countries", "zone"),
            ("routes", "origin"),
            ("routes", "destination"),
            ("entrepots", "zone"),
            ("segments", "zone"),
            ("sales", "zone"),
            ("arisings", "zone"),
            ("shocks", "destination"),
        ),
        "countries": (
            ("suppliers", "country"),
            ("origins", "country"),
            ("projects", "country"),
            ("members", "countries"),
            ("policies", "country"),
            ("shocks", "country"),
        ),
        "materials": (
            ("routes", "material"),
            ("entrepots", "material"),
            ("contents", "material"),
            ("prices", "material"),
            ("suppliers", "material"),
            ("segments", "material"),
            ("sales", "material"),
            ("arisings", "material"),
            ("end_of_life", "material"),
            ("stockpiles", "material"),
            ("projects", "main_material"),
            ("ingredients", "material"),
            ("shocks", "material"),
        ),
        "suppliers": (
            ("supply_limits", "supplier"),
            ("origins", "supplier"),
            ("shocks", "supplier"),
        ),
        "segments": (
            ("demand", "segment"),
            ("tranches", "segment"),
            ("end_of_life", "segment"),
            ("projects", "segment"),
            ("policies", "segment"),
            ("shocks", "segment"),
        ),
        "members": (
            ("segments", "member"),
            ("contributions", "member"),
            ("outlays", "member"),
            ("benefits", "member"),
            ("policies", "member"),
        ),
        "projects": (
            ("recipes", "project"),
            ("ingredients", "project"),
            ("relations", "projects"),
            ("recipes", "unlocked_by"),
            ("stockpiles", "project"),
            ("contracts", "project"),
            ("benefits", "project"),
            ("attributes", "project"),
            ("shocks", "project"),
            ("delays", "project"),
        ),
        "instruments": (("projects", "instruments"),),
        "corridors": (("routes", "corridor"), ("projects", "corridor")),
        "scenarios": (("shocks", "scenario"), ("delays", "scenario")),
    }.items()
    for table, field in columns
)


def named(row: Row, field: str) -> tuple[str, ...]:
    """The identifiers that a cell names: none, one or several."""
    value = getattr(row, field)
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def unknown_identifiers(draft: Draft) -> Iterator[Finding]:
    """A cell names a row that its table does not have."""
    for reference in REFERENCES:
        known = draft.identifiers(reference.target)
        if known is None:
            continue
        for row in getattr(draft.instance, reference.table):
            for name in named(row, reference.field):
                if name not in known:
                    hint = suggestion(name, known)
                    message = f"'{name}' is not in the table {reference.target}{hint}"
                    yield error(row, reference.field, message)


def unknown_recipes(draft: Draft) -> Iterator[Finding]:
    """An ingredient belongs to a recipe that is not in the table recipes."""
    known = {(row.project, row.recipe) for row in draft.instance.recipes}
    for row in draft.instance.ingredients:
        if (row.project, row.recipe) not in known and row.project in draft.projects:
            of_project = {recipe for project, recipe in known if project == row.project}
            hint = suggestion(row.recipe, of_project)
            yield error(
                row, "recipe", f"project '{row.project}' has no recipe '{row.recipe}'{hint}"
            )


def duplicate_keys(draft: Draft) -> Iterator[Finding]:
    """Two rows of a table share their key."""
    for table in type(draft.instance).tables():
        rows = getattr(draft.instance, table)
        if len({row.key_values() for row in rows}) == len(rows):
            continue
        seen: Counter[tuple[object, ...]] = Counter()
        for row in rows:
            key = row.key_values()
            if seen[key]:
                columns = ", ".join(row.key)
                text = "/".join(str(part) for part in key)
                message = f"another row has the same {columns} '{text}'; a key must be unique"
                yield error(row, row.key[0], message)._replace(occurrence=seen[key])
            seen[key] += 1


def wrong_countries(draft: Draft) -> Iterator[Finding]:
    """A code that is shaped like ISO 3166-1 alpha-3 but that ISO has not assigned."""
    for row in draft.instance.countries:
        if not is_country(row.id):
            yield error(row, "id", not_a_country(row.id))


def wrong_provenance(draft: Draft) -> Iterator[Finding]:
    """A cell that provenance describes does not exist."""
    tables = type(draft.instance).tables()
    keys: dict[str, set[str]] = {}
    for row in draft.instance.provenance:
        if row.of_table not in tables:
            hint = suggestion(row.of_table, tables)
            yield error(row, "of_table", f"there is no table '{row.of_table}'{hint}")
            continue
        fields = tables[row.of_table].model_fields
        if row.field not in fields:
            hint = suggestion(row.field, fields)
            yield error(row, "field", f"{row.of_table} has no column '{row.field}'{hint}")
        if row.of_table in draft.lost:
            continue
        if row.of_table not in keys:
            rows = getattr(draft.instance, row.of_table)
            keys[row.of_table] = {key_text(other) for other in rows}
        if row.row not in keys[row.of_table]:
            hint = suggestion(row.row, keys[row.of_table])
            yield error(row, "row", f"{row.of_table} has no row '{row.row}'{hint}")


def key_text(row: Row) -> str:
    """The key of a row as one text: its parts separated by a slash."""
    return "/".join(str(part) for part in row.key_values())


RULES = (
    Rule(duplicate_keys),
    Rule(wrong_countries),
    Rule(unknown_identifiers),
    Rule(unknown_recipes, ("recipes", "projects")),
    Rule(wrong_provenance),
)

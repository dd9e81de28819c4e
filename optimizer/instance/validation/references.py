"""Every row has a key of its own, and every identifier that a row names exists."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from optimizer.instance.validation.findings import Draft, Finding, Rule, error, table_error
from optimizer.instance.validation.words import (
    is_country,
    listed,
    nearest,
    not_a_country,
    suggestion,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optimizer.instance.records import Row


class Reference(NamedTuple):
    """A column whose cells name rows of another table."""

    table: str
    field: str
    target: str


FEWEST_NAMING = 2
"""Rows that name the same row, from which it is taken to be missing and they to be right."""
MOST_USERS = 3
"""Rows of one table that a message about a missing row names."""
SLIP = 0.8
"""Likeness from which a name may be a slip, repeated."""

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
            ("failures", "project"),
        ),
        "instruments": (("projects", "instruments"),),
        "corridors": (("routes", "corridor"), ("projects", "corridor")),
        "scenarios": (("shocks", "scenario"), ("delays", "scenario"), ("failures", "scenario")),
    }.items()
    for table, field in columns
)


def named(row: Row, field: str) -> tuple[str, ...]:
    """The identifiers that a cell names: none, one or several."""
    value = getattr(row, field)
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


Naming = tuple["Row", str]
"""A row and the column in which it names another."""


def unknown_names(draft: Draft) -> dict[tuple[str, str], list[Naming]]:
    """Identifiers that are in no row, by target table and name, with the rows that name them."""
    found: dict[tuple[str, str], list[Naming]] = defaultdict(list)
    for reference in REFERENCES:
        known = draft.identifiers(reference.target)
        if known is None:
            continue
        for row in getattr(draft.instance, reference.table):
            for name in named(row, reference.field):
                if name not in known:
                    found[reference.target, name].append((row, reference.field))
    return found


def rows_in(naming: Sequence[Naming]) -> int:
    """How many rows name something; one may do so several times."""
    return len({(row.table, row.key_values()) for row, _ in naming})


def missing_rows(draft: Draft) -> dict[str, frozenset[str]]:
    """Identifiers by table that several rows name and none has: their row is missing."""
    found: dict[str, set[str]] = defaultdict(set)
    for (target, name), naming in unknown_names(draft).items():
        if rows_in(naming) >= FEWEST_NAMING:
            found[target].add(name)
    return {target: frozenset(names) for target, names in found.items()}


def unknown_identifiers(draft: Draft) -> Iterator[Finding]:
    """A cell names a row that its table does not have: a slip, or a row that has been removed."""
    found = unknown_names(draft)
    for target in sorted({target for target, _ in found}):
        names = [name for other, name in found if other == target]
        if len(names) > 1 and not draft.identifiers(target):
            rows = rows_in([naming for name in names for naming in found.pop((target, name))])
            message = (
                f"the table has no rows, but {rows:,} rows of others name {len(names):,} of it: "
                f"{shortened(names)}; is it missing, or under another name?"
            )
            yield table_error(target, "", message)
    for (target, name), naming in found.items():
        known = draft.identifiers(target) or frozenset()
        if rows_in(naming) >= FEWEST_NAMING:
            yield removed(target, name, naming, known)
            continue
        hint = suggestion(name, known)
        for row, field in naming:
            yield error(row, field, f"'{name}' is not in the table {target}{hint}")


def removed(target: str, name: str, naming: Sequence[Naming], known: frozenset[str]) -> Finding:
    """One finding for a row that is not there, though several rows name it."""
    keys: dict[str, list[str]] = defaultdict(list)
    for row, _ in naming:
        keys[row.table].append(key_text(row))
    users = [f"{table} {shortened(sorted(set(rows)))}" for table, rows in keys.items()]
    near = nearest(name, known, SLIP) if target != "countries" else ""
    slip = f"; if {near} is meant, mend these rows" if near else ""
    message = (
        f"'{name}' is not in the table {target}, but {rows_in(naming):,} rows name it: "
        f"{'; '.join(users)}. Add it, or remove it from these rows{slip}"
    )
    return table_error(target, "id", message)


def shortened(names: Sequence[str]) -> str:
    """`'a', 'b', 'c' and 4 more`."""
    shown = [f"'{name}'" for name in names[:MOST_USERS]]
    if len(names) > MOST_USERS:
        shown.append(f"{len(names) - MOST_USERS:,} more")
    return listed(shown)


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

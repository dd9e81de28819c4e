"""Table projects from the entries, and all tables that go with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.catalogue.drafting.basis import rows_of
from quad import capital, promises
from quad.entries import build_years, entries, window
from quad.forms import GROUP, KIND
from quad.inputs import MEMBERS
from quad.operations import recipe_rows, relations
from quad.provenance import note_cells

if TYPE_CHECKING:
    from optimizer.catalogue.drafting.basis import Figure, TableRow
    from quad.chemistry import Chemistry
    from quad.entries import Entry
    from quad.inputs import Inputs


def scores(inputs: Inputs, group: str, wgi: float) -> TableRow:
    """E by stage, S and G from the governance of the country."""

    def score(name: str) -> float:
        at_zero, per_wgi = (inputs.own[f"esg.{name}_{part}"] for part in ("at_zero", "per_wgi"))
        return round(at_zero + wgi * per_wgi, 1)

    return {
        "e_score": inputs.own[f"esg.e.{group}"],
        "s_score": score("s"),
        "g_score": score("g"),
    }


def money(entry: Entry, inputs: Inputs) -> TableRow:
    """Private money and chance of success of a candidate."""
    name = f"maturity.{entry.maturity}"
    appetite = inputs.own[f"appetite.{GROUP[entry.plant.form]}"]
    appetite += inputs.own[f"{name}.appetite_change"]
    return {
        "success_probability": inputs.own[f"{name}.success"],
        "private_appetite": round(appetite, 3),
        "private_least_share": inputs.own["private.least_share"],
        "private_premium": inputs.own[f"{name}.premium"],
    }


def _alone(entry: Entry, number: int) -> int | None:
    years = entry.cells["alone"].split(";")
    return int(years[number]) if number < len(years) and years[number] else None


def timing(entry: Entry, inputs: Inputs, number: int) -> TableRow:
    """Building time and window of a candidate's phase; output year of the others."""
    short = "stockpile" in entry.cells["id"] or entry.cells["id"] == "browns-range"
    ramp = (inputs.own["build.ramp_1"], inputs.own["build.ramp_2"], 1.0)
    row: TableRow = {
        "life_years": int(inputs.own["build.life_short" if short else "build.life"]),
    }
    if entry.cells["status"] == "operating":
        return row
    if entry.cells["status"] == "committed":
        return row | {"ramp": ramp, "online_year": int(entry.cells["online_year"])}
    earliest, latest = window(entry, inputs)
    alone = _alone(entry, number)
    row |= {"ramp": ramp, "build_years": build_years(entry, inputs)[0]}
    row |= {"earliest_start": earliest, "latest_start": None if alone else latest}
    return row | {"goes_ahead_alone": alone}


def offtake(entry: Entry, inputs: Inputs) -> float:
    """Part of the output that the alliance can have."""
    if entry.cells["offtake"]:
        return float(entry.cells["offtake"])
    return 1.0 if entry.country in MEMBERS.values() else inputs.own["offtake.outside"]


def phase_rows(
    entry: Entry, inputs: Inputs, cost: Figure, governance: dict[str, float]
) -> list[TableRow]:
    """Table rows of one entry, one per phase."""
    parts = capital.phase_shares(entry.shares, inputs.own["phase.first_extra"])
    phased = len(entry.shares) > 1
    rows: list[TableRow] = []
    for number, (name, share, part) in enumerate(zip(entry.ids, entry.shares, parts, strict=True)):
        title = entry.known.get("name", f"Stand-in {entry.cells['id']}")
        row: TableRow = {
            "id": name,
            "name": title + (f", phase {number + 1}" if phased else ""),
            "owner": entry.known.get("owner", "Stand-in"),
            "country": entry.country,
            "latitude": entry.known.get("latitude") or None,
            "longitude": entry.known.get("longitude") or None,
            "status": entry.cells["status"],
            "kind": KIND[entry.plant.form],
            "main_material": entry.plant.main,
            "capacity_t_per_year": round(entry.plant.size_t * share, 1),
            "offtake_share": offtake(entry, inputs),
            "capex_musd": round(cost.value * part, 1),
            "capex_kind": capital.kind_of(entry),
        }
        row |= timing(entry, inputs, number)
        row |= money(entry, inputs) if entry.cells["status"] == "candidate" else {}
        row |= scores(inputs, GROUP[entry.plant.form], governance[entry.country])
        reason = entry.cells["reason"] or "as in the catalogue"
        row |= {
            "source": entry.known.get("source", ""),
            "quality": entry.grade,
            "note": f"{entry.cells['catalogue'] or 'no real project'}: {reason}",
        }
        rows.append(row)
    return rows


def costs(inputs: Inputs, chem: Chemistry, found: list[Entry]) -> dict[str, Figure]:
    """Building cost of each entry as a whole."""
    by_group = capital.ratios(found, chem)
    part = inputs.own["build.remaining"]
    return {entry.cells["id"]: capital.cost_of(entry, chem, by_group, part) for entry in found}


def governance_by_country(inputs: Inputs) -> dict[str, float]:
    """Governance of each country that the catalogue knows it of."""
    rows = rows_of(inputs.catalogue, "countries")
    return {row["id"]: row["governance"] for row in rows if row["governance"] is not None}


def tables(inputs: Inputs, chem: Chemistry) -> dict[str, list[TableRow]]:
    """Tables projects, recipes, ingredients, relations and contracts; notes provenance of cells."""
    found = entries(inputs)
    governance = governance_by_country(inputs)
    cost = costs(inputs, chem, found)
    projects: list[TableRow] = []
    heads: list[TableRow] = []
    parts: list[TableRow] = []
    plants: list[tuple[Entry, TableRow]] = []
    for entry in found:
        rows = phase_rows(entry, inputs, cost[entry.cells["id"]], governance)
        note_cells(inputs, entry, rows, cost[entry.cells["id"]])
        for row in rows:
            cells = promises.behaviour(entry, row, inputs, chem)
            promises.note_behaviour(inputs, row, cells)
            row |= cells
            plants.append((entry, row))
        projects += rows
        head, part = recipe_rows(entry, inputs, chem)
        heads += head
        parts += part
    return {
        "projects": projects,
        "recipes": heads,
        "ingredients": parts,
        "relations": relations(found),
        "contracts": promises.contracts(plants, inputs),
    }

"""Tables recipes, ingredients and relations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quad.forms import opex_usd_per_t, recipes

if TYPE_CHECKING:
    from optimizer.catalogue.drafting.basis import TableRow
    from quad.chemistry import Chemistry
    from quad.entries import Entry
    from quad.inputs import Inputs


def operating_cost(entry: Entry, inputs: Inputs, chem: Chemistry) -> tuple[float, bool]:
    """Operating cost without inputs, USD per tonne of main material, and whether it is printed."""
    own = entry.cells["opex"] or entry.known.get("opex_usd_per_t", "")
    printed = (bool(own) and entry.plant.form != "separation") or bool(entry.cells["opex"])
    return (float(own) if printed else opex_usd_per_t(entry.plant, inputs, chem)), printed


def recipe_rows(
    entry: Entry, inputs: Inputs, chem: Chemistry
) -> tuple[list[TableRow], list[TableRow]]:
    """Tables recipes and ingredients of one entry."""
    opex, printed = operating_cost(entry, inputs, chem)
    quality = "assumed" if not printed else "derived" if entry.cells["opex"] else "reported"
    heads: list[TableRow] = []
    parts: list[TableRow] = []
    for name in entry.ids:
        for recipe in recipes(entry.plant, opex, inputs, chem):
            key = {"project": name, "recipe": recipe.name}
            heads.append(
                key
                | {
                    "opex_usd_per_t": recipe.opex_usd_per_t,
                    "carbon_t_per_t": recipe.carbon_t_per_t,
                    "source": entry.known.get("source", "") if printed else "",
                    "quality": "assumed" if recipe.name == "heavy" else quality,
                    "note": "printed or computed from print" if printed else "assumed for the form",
                }
            )
            for direction, amounts in (("input", recipe.inputs), ("output", recipe.outputs)):
                for material, tonnes in amounts.items():
                    parts.append(
                        key
                        | {
                            "material": material,
                            "direction": direction,
                            "t_per_t": tonnes,
                            "quality": "derived",
                            "note": "capacity ratio of the project, or nominal yields",
                        }
                    )
    return heads, parts


def relations(found: list[Entry]) -> list[TableRow]:
    """Table relations: each phase after the one before it."""
    rows: list[TableRow] = [
        {
            "id": f"{later}-after-{earlier}",
            "kind": "requires",
            "projects": (later, earlier),
            "lag_years": 1,
            "quality": "derived",
            "note": "phases of one plant",
        }
        for entry in found
        for earlier, later in zip(entry.ids, entry.ids[1:], strict=False)
    ]
    for later, earlier, note in (
        ("ucore-full-1", "ucore-a", "the full plant includes machine A"),
        ("white-mesa-2-1", "white-mesa", "an expansion of the mill"),
        ("wimmera", "eneabba", "the concentrate is meant for this refinery"),
        ("dynamo", "carina", "sized for the carbonate of this mine"),
    ):
        rows.append(
            {"id": f"{later}-needs-{earlier}", "kind": "requires", "projects": (later, earlier)}
            | {"quality": "derived", "note": note}
        )
    return rows

"""Writes the rare-earths instance, or its tight variant, from the catalogue and assumptions.

Usage:
    python instances/rare-earths/build.py [--tight] [--into FOLDER]
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from builder import demand, fund, inputs, market, places, plants, report, reserves, worlds
from builder import tables as csv_tables
from builder.chemistry import chemistry
from builder.inputs import MEMBERS

if TYPE_CHECKING:
    from builder.inputs import Inputs
    from builder.tables import Row

HERE = Path(__file__).resolve().parent
TITLE = "Magnet rare earths of the Quad, 2026 to 2040"

STATED = {
    "projects": {"bankable": True},
    "stockpiles": {"loss_share": 0},
    "materials": {"disposal_cost_usd_per_t": 0},
}
"""Best cases that are meant: magnets and oxides keep, and are sold rather than thrown away."""


def build(found: Inputs) -> dict[str, list[Row]]:
    """All tables, from inputs."""
    chem = chemistry(found)
    tables: dict[str, list[Row]] = {
        "zones": places.zones(),
        "routes": places.routes(found),
        "materials": market.materials(),
        "contents": market.contents(chem),
        "prices": market.prices(found, chem),
        "suppliers": market.suppliers(found),
        "supply_limits": market.supply_limits(found, chem, demand.total(found, chem)),
        "origins": market.origins(found),
        "segments": demand.segments(found, chem),
        "demand": demand.demand(found, chem),
        "tranches": demand.tranches(found, chem),
        "sales": market.sales(found),
        "arisings": demand.arisings(found, chem),
    }
    tables |= plants.tables(found, chem)
    governance = plants.governance_by_country(found)
    scores = {
        country: plants.scores(found, "stockpile", governance[country])
        for country in MEMBERS.values()
    }
    stores, tables["stockpiles"] = reserves.tables(found, chem, tables["demand"], scores)
    tables["projects"] += stores
    tables |= {
        "members": fund.members(found),
        "contributions": fund.contributions(found),
        "instruments": fund.instruments(found),
        "policies": fund.policies(found),
        "scenarios": worlds.scenarios(found),
        "shocks": worlds.shocks(found),
    }
    used = {
        row.get("country")
        for name in ("projects", "suppliers", "origins", "shocks")
        for row in tables[name]
    }
    tables["countries"] = places.countries(found, used)
    tables["provenance"] = sorted(found.provenance, key=lambda row: (row["row"], row["field"]))
    return tables


def settings(found: Inputs, name: str, title: str) -> str:
    """The file instance.toml."""
    first, last = found.years[0], found.years[-1]
    return f"""format = 1
id = "{name}"
title = "{title}"
first_year = {first}
last_year = {last}
base_year = {first}
discount_rate = {found.number("horizon.discount_rate")}
least_operating_years = {found.assumptions.year("horizon.least_operating_years")}
carbon_price_usd_per_t = 0.0

[objective]
sense = "minimise"
risk_weight = {found.number("risk.weight")}
tail_level = 0.9

[objective.weights]
expected_cost = 1.0
"""


def main() -> None:
    """Read the command line and write the instance."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tight", action="store_true", help="binding fund, shy private money")
    parser.add_argument("--into", type=Path, help="folder to write to, else the instance's own")
    options = parser.parse_args()
    name = "rare-earths-tight" if options.tight else "rare-earths"
    home = HERE.parent / name
    overrides = home / "inputs" / "assumptions.csv" if options.tight else None
    found = inputs.load(HERE / "inputs", HERE.parent / "catalogue", overrides)
    title = TITLE + (", binding fund" if options.tight else "")
    document = settings(found, name, title)
    tables = build(found)
    if unused := found.assumptions.unused():
        parser.error(f"assumptions that nothing uses: {', '.join(unused)}")
    folder = options.into or home
    folder.mkdir(parents=True, exist_ok=True)
    csv_tables.state(tables, STATED)
    for table, rows in tables.items():
        csv_tables.write(folder, table, rows)
    (folder / "instance.toml").write_text(document, encoding="utf-8")
    (folder / "SOURCES.md").write_text(report.document(found, tables), encoding="utf-8")


if __name__ == "__main__":
    main()

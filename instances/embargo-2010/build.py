"""Writes the instance embargo-2010 from the catalogue and assumptions.

Usage:
    python instances/embargo-2010/build.py [--into FOLDER]
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from embargo import fund, market, places, plants, report, worlds
from embargo.inputs import load, state, write

if TYPE_CHECKING:
    from builder.inputs import Inputs
    from builder.tables import Row

HERE = Path(__file__).resolve().parent

STATED = {
    "projects": {"bankable": True, "offtake_share": 1, "ramp": 1, "success_probability": 1},
    "stockpiles": {"loss_share": 0},
    "materials": {"disposal_cost_usd_per_t": 0},
}
"""Best cases that are meant: oxides keep, and are sold rather than thrown away."""


def build(found: Inputs) -> dict[str, list[Row]]:
    """All tables, from inputs."""
    return {
        "zones": places.zones(),
        "countries": places.countries(),
        "routes": places.routes(found),
        "materials": market.materials(),
        "contents": market.contents(found),
        "prices": market.prices(found),
        "suppliers": market.suppliers(),
        "supply_limits": market.supply_limits(found),
        "segments": market.segments(),
        "demand": market.demand(found),
        "tranches": market.tranches(found),
        "sales": market.sales(found),
        "arisings": market.arisings(found),
        "projects": plants.projects(found),
        "recipes": plants.recipes(found),
        "ingredients": plants.ingredients(found),
        "stockpiles": plants.stockpiles(found),
        "relations": plants.relations(found),
        "members": fund.members(found),
        "contributions": fund.contributions(found),
        "instruments": fund.instruments(found),
        "policies": fund.policies(found),
        "scenarios": worlds.scenarios(found),
        "shocks": worlds.shocks(found),
    }


def settings(found: Inputs) -> str:
    """The file instance.toml."""
    first, last = found.years[0], found.years[-1]
    return f"""format = 1
id = "embargo-2010"
title = "Rare earths before the embargo of 2010: a fund of 2005"
first_year = {first}
last_year = {last}
base_year = {first}
discount_rate = {found.number("horizon.discount_rate")}
least_operating_years = {found.assumptions.year("horizon.least_operating_years")}
carbon_price_usd_per_t = 0.0

[objective]
sense = "minimise"
risk_weight = 0.0
tail_level = 0.9

[objective.weights]
expected_cost = 1.0
"""


def main() -> None:
    """Read the command line and write the instance."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", type=Path, default=HERE, help="folder to write to")
    folder = parser.parse_args().into
    found = load(HERE / "inputs", HERE.parent / "catalogue")
    tables = build(found)
    document = settings(found)
    if unused := found.assumptions.unused():
        parser.error(f"assumptions that nothing uses: {', '.join(unused)}")
    folder.mkdir(parents=True, exist_ok=True)
    state(tables, STATED)
    for table, rows in tables.items():
        write(folder, table, rows)
    (folder / "instance.toml").write_text(document, encoding="utf-8")
    (folder / "SOURCES.md").write_text(report.document(found, tables), encoding="utf-8")


if __name__ == "__main__":
    main()

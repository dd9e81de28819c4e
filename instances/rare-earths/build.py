"""Writes the rare-earths instance, or its tight variant, from the catalogue and assumptions.

Usage:
    python instances/rare-earths/build.py [--tight] [--into FOLDER]
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from quad import demand, fund, inputs, market, places, plants, report, reserves, worlds
from quad.chemistry import chemistry
from quad.inputs import HERE, MEMBERS

from optimizer.catalogue.drafting import by_hand

if TYPE_CHECKING:
    from quad.inputs import Inputs

    from optimizer.catalogue.drafting.basis import TableRow

TITLE = "Magnet rare earths of the Quad, 2026 to 2040"


def build(found: Inputs) -> dict[str, list[TableRow]]:
    """All tables, from inputs."""
    chem = chemistry(found)
    tables: dict[str, list[TableRow]] = {
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
    tables["provenance"] = found.provenance
    return tables


def main() -> None:
    """Read the command line and write the instance."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tight", action="store_true", help="binding fund, shy private money")
    parser.add_argument("--into", type=Path, help="folder to write to, else the instance's own")
    options = parser.parse_args()
    name, title = "rare-earths", TITLE
    if options.tight:
        name, title = f"{name}-tight", f"{title}, binding fund"
    home = HERE.parent / name
    found = inputs.load(home if options.tight else None)
    weight = found.own["risk.weight"]
    made = by_hand.instance(by_hand.settings(found.own, name, title, weight), build(found))
    if unused := found.own.unused():
        parser.error(f"assumptions that nothing uses: {', '.join(unused)}")
    more = report.choices(found)
    by_hand.write(made, found.own, found.catalogue, report.HEAD, more, options.into or home)


if __name__ == "__main__":
    main()

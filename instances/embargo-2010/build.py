"""Writes the instance embargo-2010 from the catalogue and assumptions.

Usage:
    python instances/embargo-2010/build.py [--into FOLDER]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from embargo import fund, market, places, plants, worlds
from embargo.own import FACTS, HERE, OWN

from optimizer.catalogue.drafting import by_hand

TITLE = "Rare earths before the embargo of 2010: a fund of 2005"

HEAD = """# Where the figures come from

Written by `build.py`; change the inputs and build again. Facts come from `instances/catalogue`
with their sources and grades. Its production and consumption by country begin in 2018, so the
market of 2005 to 2014 is derived from later years, or assumed. *Recalled* marks a figure that we
know but found in none of the catalogue's sources; *tuned* a value that was changed after a look
at plans, with its first setting. Money is in USD of 2005."""

TABLES = {
    "zones": places.zones,
    "countries": places.countries,
    "routes": places.routes,
    "materials": market.materials,
    "contents": market.contents,
    "prices": market.prices,
    "suppliers": market.suppliers,
    "supply_limits": market.supply_limits,
    "segments": market.segments,
    "demand": market.demand,
    "tranches": market.tranches,
    "sales": market.sales,
    "arisings": market.arisings,
    "projects": plants.projects,
    "recipes": plants.recipes,
    "ingredients": plants.ingredients,
    "stockpiles": plants.stockpiles,
    "relations": plants.relations,
    "members": fund.members,
    "contributions": fund.contributions,
    "instruments": fund.instruments,
    "policies": fund.policies,
    "scenarios": worlds.scenarios,
    "shocks": worlds.shocks,
}


def main() -> None:
    """Read the command line and write the instance."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", type=Path, default=HERE, help="folder to write to")
    folder = parser.parse_args().into
    stated = by_hand.settings(OWN, "embargo-2010", TITLE)
    made = by_hand.instance(stated, {name: make() for name, make in TABLES.items()})
    if unused := OWN.unused():
        parser.error(f"assumptions that nothing uses: {', '.join(unused)}")
    by_hand.write(made, OWN, FACTS, HEAD, [], folder)


if __name__ == "__main__":
    main()

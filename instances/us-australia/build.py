"""Writes the instance from the catalogue: a draft, then magnets, terms and worlds of two allies.

Usage:
    python instances/us-australia/build.py [--without-priority] [--without-steps]
        [--into FOLDER]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from pact.market import add_magnets, add_routes, replace_demand, replace_supply
from pact.own import HERE, OWN
from pact.plants import add_magnet_plants, add_mines, add_running, keep_ours
from pact.reserves import add_stockpiles
from pact.terms import add_floors, set_instruments, set_money, set_policies
from pact.worlds import replace_worlds

from optimizer.catalogue import Catalogue
from optimizer.catalogue.drafting import Request, draft

NAME = "us-australia"
MOBILISE = ("loan", "equity", "guarantee")

REQUEST = Request(
    name=NAME,
    title="Rare earth magnets and gallium of the United States and Australia, 2026 to 2037",
    materials=("magnet_rare_earths", "gallium"),
    members=("USA", "AUS"),
    last_year=2037,
    assumptions={"market.price_years": 5, "plant.private_appetite": OWN["fund.appetite"]}
    | {f"fund.{kind}_mobilisation": OWN[f"fund.{kind}_mobilisation"] for kind in MOBILISE},
)


def main() -> None:
    """Read the command line and write the instance."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--without-priority", action="store_true", help="defence as the others")
    parser.add_argument("--without-steps", action="store_true", help="the objective alone")
    parser.add_argument("--into", type=Path, help="folder to write to, else the instance's own")
    options = parser.parse_args()
    drafted = draft(Catalogue.load(HERE.parent / "catalogue"), REQUEST)
    keep_ours(drafted)
    add_running(drafted)
    add_mines(drafted)
    add_magnets(drafted)
    add_magnet_plants(drafted)
    replace_supply(drafted)
    replace_demand(drafted, priority=not options.without_priority)
    add_stockpiles(drafted)
    set_money(drafted)
    set_instruments(drafted)
    add_floors(drafted)
    replace_worlds(drafted)
    drafted.place()
    add_routes(drafted)
    set_policies(drafted, steps=not options.without_steps)
    drafted.publish(OWN, options.into or HERE)


if __name__ == "__main__":
    main()

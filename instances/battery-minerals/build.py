"""Writes the instance from the catalogue: a draft, then the pact's own markets, terms and money.

Usage:
    python instances/battery-minerals/build.py [--without-by-products] [--without-delays]
        [--into FOLDER]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from minerals.byproducts import add_byproducts, sell
from minerals.fund import set_mandates, set_terms, split_union
from minerals.hosts import set_host_terms
from minerals.market import set_markets
from minerals.own import HERE, OWN
from minerals.places import join_members, set_places
from minerals.plants import set_plants
from minerals.worlds import replace_worlds

from optimizer.catalogue import Catalogue
from optimizer.catalogue.drafting import Request, draft

NAME = "battery-minerals"

REQUEST = Request(
    name=NAME,
    title="Lithium, cobalt, nickel and graphite of the Minerals Security Partnership, 2026 to 2037",
    materials=("lithium", "cobalt", "nickel", "graphite"),
    members=("USA", "JPN", "KOR", "CAN", "AUS", "GBR", "IND", "NOR", "EU"),
    last_year=2037,
    yearly_musd=OWN["fund.yearly"],
    assumptions={
        "market.price_years": 2,
        "market.margin": 0.15,
        "plant.offtake_share_abroad": 0.8,
    },
)

SWITCHES = {
    "by-products": "metals and wastes that come beside the main one are left out",
    "delays": "large plants come on time",
}


def main() -> None:
    """Read the command line and write the instance."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for switch, told in SWITCHES.items():
        parser.add_argument(f"--without-{switch}", action="store_true", help=told)
    parser.add_argument("--into", type=Path, help="folder to write to, else the instance's own")
    options = parser.parse_args()
    drafted = draft(Catalogue.load(HERE.parent / "catalogue"), REQUEST)
    set_markets(drafted)
    set_plants(drafted)
    if not options.without_by_products:
        add_byproducts(drafted)
    drafted.tables["policies"] = [
        row for row in drafted.tables["policies"] if row["kind"] != "country_share"
    ]
    set_host_terms(drafted)
    split_union(drafted)
    set_terms(drafted)
    set_mandates(drafted)
    replace_worlds(drafted, delays=not options.without_delays)
    set_places(drafted)
    join_members(drafted)
    sell(drafted)
    drafted.publish(OWN, options.into or HERE)


if __name__ == "__main__":
    main()

"""Writes the instance from the catalogue: a draft, then goods that come back and plants for them.

Usage:
    python instances/urban-mine/build.py [--without-loop] [--without-step]
        [--without-delays] [--collection POINTS] [--into FOLDER]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from urban import market, places, plants, scrap, terms, worlds
from urban.own import HERE, OWN

from optimizer.catalogue import Catalogue
from optimizer.catalogue.drafting import Request, draft

REQUEST = Request(
    name="urban-mine",
    title="Magnets and batteries that come back, Japan and the European Union, 2026 to 2038",
    materials=("magnet_rare_earths", "lithium", "cobalt"),
    members=("JPN", "EU"),
    last_year=2038,
    yearly_musd=300.0,
    assumptions={"market.price_years": 2, "market.margin": 0.05},
)
POINT = 0.01


def main() -> None:
    """Read the command line and write the instance."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--without-loop", action="store_true", help="nothing made here comes back")
    parser.add_argument("--without-step", action="store_true", help="least cost alone")
    parser.add_argument("--without-delays", action="store_true", help="no plant comes late")
    parser.add_argument("--collection", type=float, default=0.0, help="points more, or less")
    parser.add_argument("--into", type=Path, help="folder to write to, else the instance's own")
    options = parser.parse_args()
    drafted = draft(Catalogue.load(HERE.parent / "catalogue"), REQUEST)
    market.keep_refined(drafted)
    market.set_demand(drafted)
    market.count_emissions(drafted)
    scrap.add_materials(drafted)
    scrap.add_arisings(drafted, POINT * options.collection)
    scrap.add_treatment(drafted)
    scrap.sell_and_buy(drafted)
    if not options.without_loop:
        scrap.close_loop(drafted)
    plants.add_batteries(drafted)
    plants.add_magnets(drafted)
    plants.add_hubs(drafted)
    plants.add_programmes(drafted)
    worlds.replace_worlds(drafted)
    if not options.without_delays:
        worlds.delay(drafted)
    places.set_places(drafted)
    terms.set_benchmarks(drafted)
    terms.bound_cost(drafted)
    terms.close_windows(drafted)
    if not options.without_step:
        terms.add_step(drafted)
    drafted.publish(OWN, options.into or HERE)


if __name__ == "__main__":
    main()

"""Writes the instance from the catalogue: a draft, then the Union's benchmarks, money and loop.

Usage:
    python instances/eu-crma/build.py [--without-benchmarks] [--without-loop]
        [--without-return] [--into FOLDER]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from crma.own import HERE, OWN
from crma.plants import add_black_mass, add_recyclers, add_refineries, close_loop, keep_ours
from crma.terms import ask_for_returns, set_money, set_policies
from crma.worlds import replace_worlds

from optimizer.catalogue import Catalogue
from optimizer.catalogue.drafting import Request, draft

NAME = "eu-crma"

REQUEST = Request(
    name=NAME,
    title="Lithium, cobalt and graphite of the European Union, 2026 to 2040",
    materials=("lithium", "cobalt", "graphite"),
    members=("EU",),
    yearly_musd=600.0,
    assumptions={"market.price_years": 3, "market.margin": 0.15},
)


def main() -> None:
    """Read the command line and write the instance."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--without-benchmarks", action="store_true", help="no CRMA rows, no HHI")
    parser.add_argument("--without-loop", action="store_true", help="no batteries come back")
    parser.add_argument("--without-return", action="store_true", help="no juste retour")
    parser.add_argument("--into", type=Path, help="folder to write to, else the instance's own")
    options = parser.parse_args()
    drafted = draft(Catalogue.load(HERE.parent / "catalogue"), REQUEST)
    keep_ours(drafted)
    add_refineries(drafted)
    if not options.without_loop:
        add_recyclers(drafted)
        add_black_mass(drafted)
        close_loop(drafted)
    set_money(drafted)
    for row in drafted.tables["segments"]:
        row["member"] = "EU"
    replace_worlds(drafted)
    drafted.place()
    set_policies(drafted, benchmarks=not options.without_benchmarks)
    if not options.without_return:
        ask_for_returns(drafted)
    drafted.place()
    drafted.publish(OWN, options.into or HERE)


if __name__ == "__main__":
    main()

"""Drafting: an instance from the catalogue, with every assumption marked.

Enters: a `Catalogue` and a `Request` for materials, members, years and money. Leaves: a `Drafted`
with tables of plain rows, to be changed by hand or by a script, and the instance that they make.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimizer.catalogue.drafting import fund, market, plants, worlds
from optimizer.catalogue.drafting.basis import Basis, basis
from optimizer.catalogue.drafting.request import Request
from optimizer.catalogue.drafting.write import Drafted
from optimizer.instance import Instance

if TYPE_CHECKING:
    from optimizer.catalogue import Catalogue
    from optimizer.catalogue.drafting.basis import TableRow

__all__ = ["Drafted", "Request", "draft"]


def draft(catalogue: Catalogue, request: Request) -> Drafted:
    """Draft an instance.

    Args:
        catalogue: what is known.
        request: what is asked for.

    Raises:
        InvalidSearch: for a word that the catalogue does not know, or of which it says too little.
    """
    found = basis(catalogue, request)
    drafted = Drafted(settings(found), tables(found), found)
    drafted.place()
    return drafted


def tables(found: Basis) -> dict[str, list[TableRow]]:
    """All tables of a draft but those of places, in the order of the format; many are empty."""
    suppliers, limits = market.supplies(found)
    made: dict[str, list[TableRow]] = {
        "materials": market.materials(found),
        "contents": market.contents(found),
        "prices": market.prices(found),
        "suppliers": suppliers,
        "supply_limits": limits,
        "origins": market.origins(found, suppliers),
        **market.demands(found),
        "arisings": market.arisings(found),
        **vars(plants.works(found)),
        "members": fund.members(found),
        "contributions": fund.contributions(found),
        "instruments": fund.instruments(found),
        "policies": fund.policies(found),
    }
    made["scenarios"], made["shocks"] = worlds.worlds(found, suppliers)
    return {name: made.get(name, []) for name in Instance.tables()}


def settings(found: Basis) -> dict[str, Any]:
    """What `instance.toml` says."""
    asked = found.request
    metals = ", ".join(chain.name for chain in found.chains)
    title = f"{metals.capitalize()}, {asked.first_year} to {asked.last_year}: a draft"
    return {
        "id": asked.name,
        "title": asked.title or title,
        "first_year": asked.first_year,
        "last_year": asked.last_year,
        "base_year": asked.first_year,
        "discount_rate": found.assumed["money.discount_rate"],
        "least_operating_years": plants.LEAST_YEARS,
        "objective": {"risk_weight": found.assumed["money.risk_weight"]},
    }

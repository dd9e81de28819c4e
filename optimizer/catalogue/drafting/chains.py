"""Which rows of the catalogue speak of which chain, and in which units.

A chain is one metal from mine to refined product, in tonnes of what is contained. The catalogue
names forms as its sources do; `CHAINS` says which make up a chain and how many tonnes one is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from optimizer.catalogue.searching import known_word, members
from optimizer.errors import InvalidSearch
from optimizer.instance.validation.words import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optimizer.catalogue import Catalogue

LITHIUM_IN_CARBONATE = 5.3231
"""Tonnes of carbonate equivalent per tonne of lithium: LCE to Li in `processes`."""

TUNGSTEN_IN_OXIDE = 1.2611
"""Tonnes of WO3 per tonne of tungsten: stoichiometry, 231.84 / 183.84."""

OXIDE_OF_NDPR = 1.1664
"""Tonnes of NdPr oxide per tonne of metal: stoichiometry of Nd2O3, 336.48 / 288.48."""


@dataclass(frozen=True)
class Chain:
    """One metal from mine to refined product.

    Attributes:
        id: of the draft's refined material; the raw one is `ID-raw`, the scrap `ID-scrap`.
        name: in English.
        mined: material of `production` at extraction; empty where it is no mine's main product.
        refined: material of `production` at processing.
        wanted: material of `demand`.
        price: material and series of `prices`; empty where none is printed.
        price_per: printed units of price per tonne contained.
        products: tonnes contained in a tonne of each product of projects.
        use: material of `member_demand` whose shares stand in for those of the metal, if any.
        process: row of `processes` whose yield is that of refining, if one is printed.
    """

    id: str
    name: str
    mined: str
    refined: str
    wanted: str
    price: tuple[str, str]
    price_per: float = 1.0
    products: dict[str, float] = field(default_factory=dict, hash=False)
    use: str = ""
    process: str = ""

    @property
    def raw(self) -> str:
        """Id of what is mined."""
        return f"{self.id}-raw"

    @property
    def scrap(self) -> str:
        """Id of the scrap."""
        return f"{self.id}-scrap"


def plain(name: str, series: str, mined: bool = True, use: str = "") -> Chain:
    """A chain whose rows all carry the metal's own name, in tonnes of it."""
    return Chain(
        name, name, name if mined else "", name, name, (name, series), 1.0, {name: 1.0}, use
    )


CARS = "electric_cars"
CHAINS = (
    plain("antimony", "antimony metal"),
    plain("cobalt", "LME cash", use=CARS),
    plain("copper", "LME grade A cash"),
    plain("gallium", "US import unit value", mined=False),
    plain("germanium", "germanium metal", mined=False),
    Chain(
        "graphite",
        "battery graphite",
        "graphite_natural",
        "graphite_battery_grade",
        "graphite_battery_grade",
        ("", ""),
        1.0,
        {"graphite_concentrate": 1.0, "graphite_anode": 1.0, "graphite_synthetic": 1.0},
        CARS,
        "Graphite concentrate to coated spherical (Becancour)",
    ),
    Chain(
        "lithium",
        "lithium",
        "lithium",
        "lithium",
        "lithium",
        ("lithium", "battery-grade Li2CO3, USD per t of Li2CO3 (LCE)"),
        LITHIUM_IN_CARBONATE,
        {"lithium": 1.0},
        CARS,
        "Spodumene concentrate to lithium chemical",
    ),
    Chain(
        "magnet_rare_earths",
        "neodymium, praseodymium, dysprosium and terbium",
        "magnet_rare_earths",
        "magnet_rare_earths",
        "magnet_rare_earths",
        ("NdPr_oxide", "NdPr oxide 99%"),
        OXIDE_OF_NDPR,
        {"NdPr_oxide": 1 / OXIDE_OF_NDPR, "magnet_rare_earth_oxides": 1 / OXIDE_OF_NDPR},
        CARS,
        "Recovery: MREC to separated oxides",
    ),
    plain("manganese", "ore cif China, per t Mn content"),
    plain("nickel", "LME cash", use=CARS),
    Chain(
        "tungsten",
        "tungsten",
        "tungsten",
        "tungsten",
        "tungsten",
        ("tungsten", "APT, per t WO3"),
        TUNGSTEN_IN_OXIDE,
        {"tungsten": 1.0},
    ),
)
"""Chains that the catalogue says enough of."""


def forms(chain: Chain) -> set[str]:
    """Materials of the catalogue that are the chain's, in whatever form."""
    return {chain.mined, chain.refined, chain.wanted, chain.id, *chain.products} - {""}


def chosen(catalogue: Catalogue, names: Sequence[str]) -> tuple[Chain, ...]:
    """The chains that names of materials or of families mean, each once, in the order asked.

    Raises:
        InvalidSearch: for a name that the catalogue does not know, or of which it says too little.
    """
    families = {name for cell in catalogue.materials["families"] for name in cell.split(";")}
    known = {*catalogue.materials["id"], *families, *(chain.id for chain in CHAINS)} - {""}
    found: dict[str, Chain] = {}
    for name in names:
        word = known_word("material", name, known)
        inside = {word} if any(c.id == word for c in CHAINS) else members(word, catalogue.materials)
        fits = [chain for chain in CHAINS if chain.id in inside or inside & forms(chain)]
        if not fits:
            can = listed([chain.id for chain in CHAINS])
            raise InvalidSearch(f"the catalogue says too little of '{word}' to draft from: {can}")
        found |= {chain.id: chain for chain in fits}
    return tuple(found.values())

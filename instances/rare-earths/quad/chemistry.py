"""How much of one form makes another: contents, yields and prices that follow from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optimizer.catalogue.drafting.outlook import printed_price

if TYPE_CHECKING:
    from quad.inputs import Inputs

PRICE_YEAR = 2025


@dataclass(frozen=True)
class Chemistry:
    """Contents and needs, tonnes per tonne, and base prices, USD/t."""

    ndpr_in_magnet: float
    dytb_in_magnet: float
    ndpr_oxide_in_metal: float
    dytb_oxide_in_metal: float
    ndpr_oxide_for_metal: float
    dytb_oxide_for_metal: float
    separation: float
    recycling: float
    short_loop: float
    magnet_yield: float
    swarf_kept: float
    prices: dict[str, float]

    @property
    def swarf(self) -> float:
        """Scrap of magnet composition collected per tonne of magnet made."""
        return (1 / self.magnet_yield - 1) * self.swarf_kept

    @property
    def scrap_for_ndpr_oxide(self) -> float:
        """Scrap needed per tonne of NdPr oxide recycled."""
        return 1 / (self.ndpr_in_magnet * self.ndpr_oxide_in_metal * self.recycling)

    @property
    def dytb_with_ndpr_oxide(self) -> float:
        """DyTb oxide that comes with a tonne of NdPr oxide recycled."""
        contained = self.dytb_in_magnet * self.dytb_oxide_in_metal
        return contained * self.recycling * self.scrap_for_ndpr_oxide


def base_prices(inputs: Inputs) -> dict[str, float]:
    """Market price by material, constant in real terms at the level of 2025."""
    ndpr = printed_price(inputs.catalogue, "NdPr_oxide", PRICE_YEAR)
    tb = inputs.own["price.tb_share"]
    dytb = (1 - tb) * printed_price(inputs.catalogue, "dysprosium_oxide", PRICE_YEAR)
    dytb += tb * printed_price(inputs.catalogue, "terbium_oxide", PRICE_YEAR)
    payable = inputs.own["price.feed_payable"]
    metal = inputs.process("Oxide to metal reduction", "input_per_t_output")
    heavy = inputs.own["content.dytb_oxide_per_metal"] / inputs.own["yield.metal"]
    in_scrap = inputs.process("NdFeB sintered magnet composition", "input_per_t_output") * ndpr
    in_scrap *= inputs.own["content.ndpr_oxide_per_metal"]
    in_scrap += (
        inputs.process("Heavy rare earth in high-temperature magnet", "input_per_t_output")
        * inputs.own["content.dytb_oxide_per_metal"]
        * dytb
    )
    return {
        "ndpr_feed": round(payable * ndpr),
        "dytb_feed": round(payable * dytb),
        "ndpr_oxide": ndpr,
        "dytb_oxide": round(dytb),
        "ndpr_metal": round(metal * ndpr + inputs.own["price.ndpr_metal_margin"]),
        "dytb_metal": round(heavy * dytb + inputs.own["price.dytb_metal_margin"]),
        "magnet": inputs.own["price.magnet"],
        "magnet_scrap": round(inputs.own["price.scrap_payable"] * in_scrap),
    }


def chemistry(inputs: Inputs) -> Chemistry:
    """Collect contents, yields and prices."""
    magnet = "NdFeB sintered magnet composition"
    heavy = "Heavy rare earth in high-temperature magnet"
    metal_yield = inputs.own["yield.metal"]
    return Chemistry(
        ndpr_in_magnet=inputs.process(magnet, "input_per_t_output"),
        dytb_in_magnet=inputs.process(heavy, "input_per_t_output"),
        ndpr_oxide_in_metal=inputs.own["content.ndpr_oxide_per_metal"],
        dytb_oxide_in_metal=inputs.own["content.dytb_oxide_per_metal"],
        ndpr_oxide_for_metal=inputs.process("Oxide to metal reduction", "input_per_t_output"),
        dytb_oxide_for_metal=inputs.own["content.dytb_oxide_per_metal"] / metal_yield,
        separation=inputs.own["yield.separation"],
        recycling=inputs.own["yield.recycling"],
        short_loop=inputs.own["yield.short_loop"],
        magnet_yield=inputs.process("Magnet making yield", "yield_or_share"),
        swarf_kept=inputs.own["swarf.kept"],
        prices=base_prices(inputs),
    )

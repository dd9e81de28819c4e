"""Forms of plant: what a recipe takes and gives, its cost, and the stage it is judged at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quad.chemistry import Chemistry
    from quad.inputs import Inputs

KIND = {
    "mine": "mine",
    "integrated": "mine",
    "separation": "refinery",
    "heavy": "refinery",
    "metal": "refinery",
    "feed_metal": "refinery",
    "magnet": "manufacturing",
    "magnet_integrated": "manufacturing",
    "magnet_mature": "manufacturing",
    "recycle_oxide": "recycling",
    "recycle_magnet": "recycling",
}
GROUP = {
    "mine": "mine",
    "integrated": "integrated",
    "separation": "processing",
    "heavy": "processing",
    "metal": "metal",
    "feed_metal": "metal",
    "magnet": "magnet",
    "magnet_integrated": "magnet",
    "magnet_mature": "magnet",
    "recycle_oxide": "recycling",
    "recycle_magnet": "recycling",
}
"""Stage at which building cost is compared and money behaves alike."""


@dataclass(frozen=True)
class Recipe:
    """One mode of a plant: tonnes in and out per tonne of reference output, and its cost."""

    name: str
    opex_usd_per_t: float
    inputs: dict[str, float]
    outputs: dict[str, float]
    carbon_t_per_t: float = 0.0


@dataclass(frozen=True)
class Plant:
    """Size of a whole plant: main material, its tonnes, and tonnes of the other of the pair."""

    form: str
    main: str
    size_t: float
    partner_t: float

    @property
    def pair(self) -> str:
        """The other of NdPr and DyTb at the same stage."""
        if self.main.startswith("ndpr"):
            return self.main.replace("ndpr", "dytb")
        return self.main.replace("dytb", "ndpr")

    @property
    def ratio(self) -> float:
        """Tonnes of the pair per tonne of main material."""
        return self.partner_t / self.size_t


def outputs(plant: Plant, chem: Chemistry) -> dict[str, float]:
    """Outputs per tonne of main material, with scrap."""
    if plant.form.startswith("magnet"):
        return {"magnet": 1.0, "magnet_scrap": chem.swarf}
    if plant.form in ("heavy", "metal", "feed_metal", "recycle_magnet"):
        return {plant.main: 1.0}
    return {plant.main: 1.0} | ({plant.pair: plant.ratio} if plant.partner_t else {})


def revenue_usd_per_t(plant: Plant, chem: Chemistry) -> float:
    """Revenue per tonne of main material at base prices; scrap left out."""
    made = outputs(plant, chem)
    return sum(t * chem.prices[m] for m, t in made.items() if m != "magnet_scrap")


def opex_usd_per_t(plant: Plant, inputs: Inputs, chem: Chemistry) -> float:
    """Assumed operating cost per tonne of main material, without inputs that are bought."""
    if plant.form == "mine":
        return float(round(inputs.own["opex.mine_share"] * revenue_usd_per_t(plant, chem)))
    if plant.form == "integrated" and plant.main == "dytb_oxide":
        return inputs.own["opex.integrated_dytb"]
    return inputs.own[f"opex.{plant.form}"]


def _magnet_recipe(plant: Plant, opex: float, chem: Chemistry) -> Recipe:
    ndpr = chem.ndpr_in_magnet / chem.magnet_yield
    dytb = chem.dytb_in_magnet / chem.magnet_yield
    if plant.form == "magnet_integrated":
        taken = {
            "ndpr_oxide": ndpr * chem.ndpr_oxide_for_metal,
            "dytb_oxide": dytb * chem.dytb_oxide_for_metal,
        }
    else:
        taken = {"ndpr_metal": ndpr, "dytb_metal": dytb}
    return Recipe("magnets", opex, taken, outputs(plant, chem))


def _separation_recipes(plant: Plant, opex: float, chem: Chemistry) -> list[Recipe]:
    loss = 1 / chem.separation
    light = Recipe("light", opex, {"ndpr_feed": loss}, {"ndpr_oxide": 1.0})
    if not plant.partner_t:
        return [light]
    both = {"ndpr_feed": loss, "dytb_feed": plant.ratio * loss}
    return [Recipe("both", opex, both, outputs(plant, chem)), light]


def _metal_recipes(plant: Plant, opex: float, inputs: Inputs, chem: Chemistry) -> list[Recipe]:
    light = {"ndpr_oxide": chem.ndpr_oxide_for_metal}
    heavy = {"dytb_oxide": chem.dytb_oxide_for_metal}
    dear = inputs.own["opex.metal_dytb"]
    return [
        Recipe("light", opex, light, {"ndpr_metal": 1.0}),
        Recipe("heavy", dear, heavy, {"dytb_metal": 1.0}),
    ]


def recipes(plant: Plant, opex: float, inputs: Inputs, chem: Chemistry) -> list[Recipe]:
    """The modes of a plant."""
    form = plant.form
    if form.startswith("magnet"):
        return [_magnet_recipe(plant, opex, chem)]
    if form == "separation":
        return _separation_recipes(plant, opex, chem)
    if form == "metal":
        return _metal_recipes(plant, opex, inputs, chem)
    taken: dict[str, float] = {}
    carbon = 0.0
    if form == "heavy":
        taken = {"dytb_feed": 1 / chem.separation}
    elif form == "feed_metal":
        taken = {"ndpr_feed": chem.ndpr_oxide_for_metal / chem.separation}
    elif form == "recycle_oxide":
        taken = {"magnet_scrap": chem.scrap_for_ndpr_oxide}
    elif form == "recycle_magnet":
        taken = {"magnet_scrap": 1 / chem.short_loop}
        carbon = inputs.own["carbon.recycle_magnet"]
    return [Recipe("main", opex, taken, outputs(plant, chem), carbon)]

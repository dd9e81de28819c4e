"""The instance's own assumed numbers, and rows that many tables need."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.catalogue.drafting.assumptions import Assumptions
from optimizer.catalogue.drafting.basis import interpolated, rounded

if TYPE_CHECKING:
    from optimizer.catalogue.drafting import Drafted

HERE = Path(__file__).resolve().parents[1]
OWN = Assumptions.own(HERE)

EARTHS = "magnet_rare_earths"
METALS = {EARTHS: "rare_earths", "lithium": "lithium", "cobalt": "cobalt"}
"""Chains, and how the names of assumptions call them."""

ZONES = ("EU", "JPN")


def points(name: str) -> dict[int, float]:
    """Values by year of the assumptions that are called NAME_YEAR."""
    found = {key: OWN[key] for key in OWN.rows if key.startswith(f"{name}_")}
    return {int(key.removeprefix(f"{name}_")): value for key, value in found.items()}


def between(name: str, year: int) -> float:
    """A straight line between the years that are given."""
    return rounded(interpolated(points(name), year))


def priced(drafted: Drafted, material: str, value: float, given: dict[str, Any]) -> None:
    """One price of a material in every year."""
    drafted.tables["prices"] += [
        {"material": material, "year": year, "price_usd_per_t": rounded(value)} | given
        for year in drafted.basis.years
    ]


def put(
    drafted: Drafted, project: str, recipe: str, flows: dict[str, float], given: dict[str, Any]
) -> None:
    """What a recipe makes (above 0) and takes (below 0), per tonne of reference output."""
    drafted.tables["ingredients"] += [
        {"project": project, "recipe": recipe, "material": material, "t_per_t": rounded(abs(size))}
        | {"direction": "output" if size > 0 else "input"}
        | given
        for material, size in flows.items()
    ]

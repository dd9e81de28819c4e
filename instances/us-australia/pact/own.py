"""The instance's own assumed numbers."""

from __future__ import annotations

from pathlib import Path

from optimizer.catalogue.drafting.assumptions import Assumptions
from optimizer.catalogue.drafting.chains import OXIDE_OF_NDPR

HERE = Path(__file__).resolve().parents[1]
OWN = Assumptions.own(HERE)
CHAIN = "magnet_rare_earths"
RAW = f"{CHAIN}-raw"
MAGNET = "magnet"
MUSD = 1e6


def contained(oxide_t: float) -> float:
    """Tonnes of metal contained in tonnes of oxide."""
    return oxide_t / OXIDE_OF_NDPR

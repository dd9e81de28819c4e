"""The instance's own assumed numbers, the facts that it rests on, and its years."""

from __future__ import annotations

from pathlib import Path

from optimizer.catalogue import Catalogue
from optimizer.catalogue.drafting import by_hand
from optimizer.catalogue.drafting.assumptions import Assumptions

HERE = Path(__file__).resolve().parents[1]
OWN = Assumptions.own(HERE)
FACTS = Catalogue.load(HERE.parent / "catalogue")
YEARS = by_hand.years(OWN)

"""The instance's own assumed numbers."""

from __future__ import annotations

from pathlib import Path

from optimizer.catalogue.drafting.assumptions import Assumptions

HERE = Path(__file__).resolve().parents[1]
OWN = Assumptions.own(HERE)

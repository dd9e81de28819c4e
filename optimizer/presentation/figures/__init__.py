"""Figures of plans, for notebooks, pages and reports: each function returns a Plotly figure.

Everything is drawn from the data alone: no map tiles, no outlines, no fonts from elsewhere, so
that a figure looks the same without a network.
"""

from optimizer.presentation.figures.criteria import criteria_side_by_side
from optimizer.presentation.figures.gantt import gantt
from optimizer.presentation.figures.money import money_by_member
from optimizer.presentation.figures.places import plan_map
from optimizer.presentation.figures.supply import supply_by_country

__all__ = [
    "criteria_side_by_side",
    "gantt",
    "money_by_member",
    "plan_map",
    "supply_by_country",
]

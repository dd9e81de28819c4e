"""Supply by country, before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
import pycountry
from plotly.subplots import make_subplots

from optimizer.evaluation.supply import content_by_country
from optimizer.presentation.figures.style import GREY, INK, dressed, safe

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from optimizer.instance import Instance
    from optimizer.plan import Plan

ALLIED = ("#0072B2", "#56B4E9", "#009E73", "#444444")
OUTSIDE = ("#D55E00", "#E69F00", "#CC79A7", "#F0E442")
"""Colours of the largest countries inside the alliance and outside; no more are told apart."""

OTHERS = "all others"


class Look(NamedTuple):
    """How a country is drawn."""

    name: str
    colour: str
    shape: str
    """Pattern: hatched outside the alliance."""


def supply_by_country(
    instance: Instance, before: Plan, after: Plan, *, element: str, stage: str
) -> go.Figure:
    """Content supplied at a stage by country and year, before and after, with the demand.

    What recycling supplies is not mined, so that supply stays below the demand at extraction. A
    country is below 0 where it sells more content outside than it supplies at the stage itself.

    Args:
        instance: the instance of the plan; that of the plan before has the same countries,
            plants and suppliers.
        before: a plan to compare with, for example that of doing nothing (`without_fund`).
        after: the plan.
        element: a traced element, for example `NdPr`.
        stage: `extraction`, `processing`, `metal` or `manufacturing`.

    Raises:
        OptimizerError: for an element or a stage that the instance does not have.
    """
    tables = [content_by_country(instance, plan, element, stage) for plan in (before, after)]
    looks = _looks(instance, pd.concat(tables))
    drawn = make_subplots(
        rows=1, cols=2, shared_yaxes=True, subplot_titles=("before", "after"),
        horizontal_spacing=0.03,
    )  # fmt: skip
    for column, table in enumerate(tables, start=1):
        _add_panel(drawn, column, table, looks)
    _add_legend(drawn, looks)
    title = f"Where {safe(element)} comes from at the stage of {stage}"
    subtitle = (
        "Nominal scenario, bought there or inside a later form, net of sales outside. "
        "Hatched: outside the alliance."
    )
    dressed(drawn, title, subtitle, height=480)
    drawn.update_layout(barmode="relative", bargap=0.15, margin_t=110)
    drawn.update_xaxes(title_text="year", tickformat="d")
    drawn.update_yaxes(title_text=f"{safe(element)} (kt per year)", col=1)
    return drawn


def _looks(instance: Instance, table: pd.DataFrame) -> dict[str, Look]:
    """The largest countries of the alliance, those outside, each by size; then all others."""
    allied = {row.id for row in instance.countries if row.alliance}
    totals = table.groupby("country")["kt"].sum().sort_values(ascending=False, kind="stable")
    codes = [str(code) for code in totals.index]
    looks = {}
    for colours, shape, inside in ((ALLIED, "", True), (OUTSIDE, "/", False)):
        part = [code for code in codes if (code in allied) == inside]
        for code, colour in zip(part, colours, strict=False):
            looks[code] = Look(_country_name(code), colour, shape)
    return looks | ({OTHERS: Look(OTHERS, GREY, "")} if len(looks) < len(codes) else {})


def _add_panel(drawn: go.Figure, column: int, table: pd.DataFrame, looks: dict[str, Look]) -> None:
    """One bar trace per country and the line of demand."""
    shown = table["country"].where(table["country"].isin(list(looks)), OTHERS)
    sums = table.groupby([shown, "year"])["kt"].sum()
    for code, look in looks.items():
        part = sums[sums.index.get_level_values("country") == code]
        drawn.add_bar(
            x=part.index.get_level_values("year").tolist(),
            y=part.tolist(),
            name=look.name,
            legendgroup=code,
            showlegend=False,
            marker={"color": look.colour, "pattern": {"shape": look.shape, "size": 5}},
            row=1,
            col=column,
        )
    demand = table.groupby("year")["demand_kt"].first()
    drawn.add_scatter(
        x=demand.index.tolist(),
        y=demand.tolist(),
        mode="lines",
        name="demand",
        legendgroup="demand",
        showlegend=column == 2,
        line={"color": INK, "width": 2, "dash": "dot"},
        row=1,
        col=column,
    )


def _add_legend(drawn: go.Figure, looks: dict[str, Look]) -> None:
    """One line for each country, whichever panels it is in."""
    for code, look in looks.items():
        drawn.add_bar(
            x=[None],
            y=[None],
            name=look.name,
            legendgroup=code,
            marker={"color": look.colour, "pattern": {"shape": look.shape, "size": 5}},
            row=1,
            col=1,
        )


def _country_name(code: str) -> str:
    """The usual name of a country, or its code."""
    found = pycountry.countries.get(alpha_3=code)
    return safe(getattr(found, "common_name", found.name)) if found else code

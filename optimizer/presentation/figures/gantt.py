"""The schedule: when each chosen project is built and when it produces."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import plotly.graph_objects as go

from optimizer.presentation.figures.style import STAGE_COLOURS, dressed, labels, stages

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Plan

BUILDING = "#DDDDDD"
LINES = "#E8ECF2"

MOST_YEARS = 12
"""Years that can be named side by side."""


class Bar(NamedTuple):
    """One project's years; each bar reaches to the end of its last year."""

    project: str
    label: str
    stage: str
    start: int
    first_output: int
    end: int


def gantt(instance: Instance, plan: Plan) -> go.Figure:
    """Years of building (hatched) and of output (colour of the stage) of the chosen projects.

    Output is drawn to the end of the project's life or of the horizon, whichever comes first.

    Args:
        instance: the instance of the plan.
        plan: what is chosen; no bar where there is no plan.
    """
    bars = _bars(instance, plan)
    title = f"When the {len(bars)} chosen projects are built and produce"
    horizon = instance.settings.years
    subtitle = f"Hatched: building. Colour: output, to the end of life or of {horizon[-1]}."
    drawn = dressed(go.Figure(), title, subtitle, height=190 + 27 * len(bars))
    _add_bars(drawn, bars)
    _add_legend(drawn, {bar.stage for bar in bars})
    _add_years(drawn, horizon)
    drawn.update_layout(barmode="overlay", bargap=0.3, margin_l=20)
    drawn.update_yaxes(
        tickvals=list(range(len(bars))), ticktext=[bar.label for bar in bars],
        range=[len(bars) - 0.5, -0.5], automargin=True, ticklabelstandoff=6, showgrid=False,
    )  # fmt: skip
    return drawn


def _bars(instance: Instance, plan: Plan) -> list[Bar]:
    """Bars by stage, then by start."""
    order = list(STAGE_COLOURS)
    doing = stages(instance)
    projects = {row.id: row for row in instance.projects}
    names = Counter(row.name for row in projects.values())
    end_of_horizon = instance.settings.last_year + 1
    rows = [projects[identifier] for identifier, _ in plan.chosen]
    shown = labels([row.name if row.name and names[row.name] == 1 else row.id for row in rows])
    bars = []
    for row, label, (_, start) in zip(rows, shown, plan.chosen, strict=True):
        first_output = start + row.build_years
        end = max(first_output, min(first_output + row.life_years, end_of_horizon))
        bars.append(Bar(row.id, label, doing[row.id], start, first_output, end))
    return sorted(bars, key=lambda bar: (order.index(bar.stage), bar.start, bar.project))


def _add_bars(drawn: go.Figure, bars: list[Bar]) -> None:
    """One trace for the years of building, one for those of output."""
    rows = list(range(len(bars)))
    drawn.add_bar(
        name="building",
        orientation="h",
        y=rows,
        base=[bar.start for bar in bars],
        x=[bar.first_output - bar.start for bar in bars],
        marker={"color": BUILDING, "pattern": {"shape": "/", "fgcolor": "#777777", "size": 6}},
        hovertext=[f"{bar.label}: built from {bar.start}" for bar in bars],
        hoverinfo="text",
    )
    drawn.add_bar(
        name="output",
        orientation="h",
        y=rows,
        base=[bar.first_output for bar in bars],
        x=[bar.end - bar.first_output for bar in bars],
        marker={"color": [STAGE_COLOURS[bar.stage] for bar in bars]},
        hovertext=[f"{bar.label}: {bar.stage}, from {bar.first_output}" for bar in bars],
        hoverinfo="text",
        showlegend=False,
    )


def _add_years(drawn: go.Figure, years: range) -> None:
    """Each year's name at its middle, and lines where years begin."""
    step = -(-len(years) // MOST_YEARS)
    named = list(years)[::step]
    drawn.update_xaxes(
        title_text="year",
        range=[years.start, years.stop],
        tickvals=[year + 0.5 for year in named],
        ticktext=[str(year) for year in named],
        tickangle=0,
        showgrid=False,
        minor={"tick0": years.start, "dtick": 1, "showgrid": True, "gridcolor": LINES},
    )


def _add_legend(drawn: go.Figure, shown: set[str]) -> None:
    """One line of the legend for each stage, because one trace holds them all."""
    for stage, colour in STAGE_COLOURS.items():
        if stage in shown:
            drawn.add_scatter(
                x=[None],
                y=[None],
                mode="markers",
                name=f"output: {stage}",
                marker={"color": colour, "symbol": "square", "size": 12},
            )

"""Criteria of plans side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from plotly.subplots import make_subplots

from optimizer.presentation.figures.style import PALETTE, dressed, safe

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from optimizer.questions.comparison import Comparison

COLUMNS = 4
ROW_PX = 210
ROOM_FOR_TEXT = 1.2
"""Length of an axis over the longest bar, on which its number stands."""


def criteria_side_by_side(comparison: Comparison) -> go.Figure:
    """One panel for the objective with its bound, and one for each criterion that is not 0.

    The bars start at 0. The axis of the objective does not, so that its gap can be seen: the
    best value lies within the line from the objective to the bound. A plan that was not found
    has no bars.
    """
    every = pd.DataFrame(comparison.criteria["value"])
    value = every[every.fillna(0.0).ne(0.0).any(axis="columns")]
    keys = [(str(name), str(unit)) for name, unit in value.index.tolist()]
    titles = ["objective, to its bound", *(name.replace("_", " ") for name, _ in keys)]
    rows = -(-len(titles) // COLUMNS)
    drawn = make_subplots(
        rows=rows, cols=COLUMNS, subplot_titles=[safe(title) for title in titles],
        horizontal_spacing=0.09, vertical_spacing=0.24 / rows,
    )  # fmt: skip
    _add_objective(drawn, comparison.proof)
    for place, (_, unit) in enumerate(keys):
        _add_bars(drawn, place + 1, value.iloc[place], unit)
    subtitle = "Each panel has its own unit and scale."
    if left_out := [str(name) for name, _ in every.index.difference(value.index, sort=False)]:
        names = safe(", ".join(left_out).replace("_", " "))
        subtitle += f" Not shown, 0 in every plan: {names}."
    dressed(drawn, "Criteria side by side", subtitle, height=160 + ROW_PX * rows)
    drawn.update_layout(margin_t=130)
    drawn.update_xaxes(
        showticklabels=False,
        showgrid=False,
        zeroline=False,
        range=[-0.6, len(comparison.plans) - 0.4],
    )
    drawn.update_yaxes(nticks=5, exponentformat="none", separatethousands=True)
    drawn.update_annotations(font_size=13)
    return drawn


def _add_objective(drawn: go.Figure, proof: pd.DataFrame) -> None:
    """The objective of each plan, with a line to its bound."""
    for number, (name, row) in enumerate(proof.iterrows()):
        distance = float(row["bound"] - row["objective"])
        known = pd.notna(distance)
        drawn.add_scatter(
            x=[number],
            y=[float(row["objective"])] if pd.notna(row["objective"]) else [None],
            error_y={
                "array": [max(distance, 0.0) if known else 0.0],
                "arrayminus": [max(-distance, 0.0) if known else 0.0],
            },
            mode="markers",
            name=safe(str(name)),
            legendgroup=str(number),
            showlegend=False,
            marker={"size": 9, "color": PALETTE[number % len(PALETTE)]},
            row=1,
            col=1,
        )
    drawn.update_yaxes(title_text="objective's unit", row=1, col=1)


def _add_bars(drawn: go.Figure, place: int, line: pd.Series[float], unit: str) -> None:
    """One criterion: a bar per plan with its value."""
    row, column = place // COLUMNS + 1, place % COLUMNS + 1
    for number, (name, value) in enumerate(line.items()):
        known = pd.notna(value)
        drawn.add_bar(
            x=[number],
            y=[float(value)] if known else [None],
            textposition="outside",
            textangle=0,
            cliponaxis=False,
            text=[_figures(value) if known else ""],
            name=safe(str(name)),
            legendgroup=str(number),
            showlegend=place == 1,
            marker={"color": PALETTE[number % len(PALETTE)]},
            row=row,
            col=column,
        )
    top = ROOM_FOR_TEXT * max(line.max(), 0.0)
    lowest = ROOM_FOR_TEXT * min(line.min(), 0.0)
    drawn.update_yaxes(title_text=safe(unit), range=[lowest, top], row=row, col=column)


def _figures(value: float) -> str:
    """A number for people: whole from 100 on, else three figures."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"

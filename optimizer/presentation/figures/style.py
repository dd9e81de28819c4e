"""What all figures share: colours, labels and the layout around the data.

The colours are those of Okabe and Ito (2008), which people with any colour vision tell apart.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from optimizer.presentation.report.fitting import shortened

if TYPE_CHECKING:
    from collections.abc import Mapping

    import plotly.graph_objects as go

    from optimizer.instance import Instance
    from optimizer.instance.records import Project

STAGE_COLOURS = {
    "extraction": "#E69F00",
    "processing": "#56B4E9",
    "metal": "#0072B2",
    "manufacturing": "#CC79A7",
    "recycling": "#009E73",
    "other": "#444444",
}
"""Colour of a project by what it does, the same in every figure."""

PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#444444")
"""Colours of plans, instruments and countries, in this order."""

GREY = "#BBBBBB"
INK = "#333333"

MUSD = "M&#36;"
"""M$ as Plotly text: two plain dollar signs in one text would make a formula of it."""

LONGEST_LABEL = 56
"""Characters of a name that fit beside a bar."""


def safe(text: str) -> str:
    """A name as Plotly text, in which it would otherwise act as HTML or as a formula."""
    return html.escape(text, quote=False).replace("$", "&#36;")


def labels(names: list[str]) -> list[str]:
    """Names as Plotly text beside bars, cut where they are too long, different ones differently."""
    return [safe(text) for text in shortened(names, LONGEST_LABEL)]


def stages(instance: Instance) -> dict[str, str]:
    """What each project does, as a key of `STAGE_COLOURS`.

    The stage of its main material; recycling plants are their own stage, and projects without a
    material are `other`.
    """
    made_at = {row.id: row.stage for row in instance.materials}
    return {row.id: _stage(row, made_at) for row in instance.projects}


def _stage(project: Project, made_at: Mapping[str, str]) -> str:
    if project.kind == "recycling":
        return "recycling"
    stage = made_at.get(project.main_material or "", "other")
    return stage if stage in STAGE_COLOURS else "other"


def dressed(drawn: go.Figure, title: str, subtitle: str, *, height: int) -> go.Figure:
    """A figure with a title, a line below it that says what is shown, and a legend."""
    drawn.update_layout(
        template="plotly_white",
        title={"text": title, "subtitle": {"text": subtitle}, "x": 0.01, "xanchor": "left"},
        font={"family": "system-ui, sans-serif", "size": 13, "color": INK},
        margin={"l": 60, "r": 20, "t": 100, "b": 60},
        height=height,
        legend={"traceorder": "normal"},
    )
    return drawn

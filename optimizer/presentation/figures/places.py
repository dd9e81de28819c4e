"""The map: where the chosen projects are, and what runs already.

Points on plain longitude and latitude axes. Plotly's own map fetches its outlines from a network
address and, *measured* without one, draws nothing at all, not even the points.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from optimizer.presentation.figures.centres import CENTRES
from optimizer.presentation.figures.style import (
    GREY,
    INK,
    MUSD,
    STAGE_COLOURS,
    dressed,
    safe,
    stages,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optimizer.instance import Instance
    from optimizer.instance.records import Project
    from optimizer.plan import Plan

EXISTING = "existing"
COLOURS = {EXISTING: GREY} | STAGE_COLOURS

LARGEST_PX = 38.0
SMALLEST_PX = 8.0
PX_PER_DEGREE = 2.4
"""On a figure of usual width."""

STEP_DEGREES = 9.0
"""Between the sites of one country whose places are not known."""


@dataclass(frozen=True)
class Site:
    """Projects at one place that do the same."""

    latitude: float
    longitude: float
    known: bool
    """Whether the place is the projects' own, not the middle of their country."""
    country: str
    stage: str
    """Key of `COLOURS`."""
    projects: tuple[Project, ...]
    size_px: float


def plan_map(instance: Instance, plan: Plan) -> go.Figure:
    """The chosen projects by place: area is building cost, colour is stage; what runs is grey.

    Phases at one place are one point. A project without coordinates is drawn hollow, at the
    middle of its country; where that is not known either, the figure names it below.

    Args:
        instance: the instance of the plan.
        plan: what is chosen; nothing is coloured where there is no plan.
    """
    years = dict(plan.chosen)
    doing = stages(instance)
    doing |= {row.id: EXISTING for row in instance.projects if row.status != "candidate"}
    drawable = [row for row in instance.projects if row.id in years or doing[row.id] == EXISTING]
    lost = [row for row in drawable if _place(row) is None and row.country not in CENTRES]
    sites = _sites([row for row in drawable if row not in lost], doing)
    subtitle = f"Area: building cost ({MUSD}). Hollow: place in the country unknown."
    drawn = go.Figure()
    dressed(drawn, f"Where the {len(years)} chosen projects are", subtitle, height=500)
    for stage, colour in COLOURS.items():
        if here := [site for site in sites if site.stage == stage]:
            _add(drawn, here, [_text(site, years) for site in here], colour)
    _add_countries(drawn, sites)
    _add_axes(drawn, lost)
    return drawn


def _place(project: Project) -> tuple[float, float] | None:
    """A project's own latitude and longitude."""
    if project.latitude is None or project.longitude is None:
        return None
    return project.latitude, project.longitude


def _sites(projects: Iterable[Project], doing: dict[str, str]) -> list[Site]:
    """Projects by place and stage, the largest first so that it hides none.

    Sites of unknown place stand side by side at the middle of their country.
    """
    groups: defaultdict[tuple[str, str, tuple[float, float] | None], list[Project]]
    groups = defaultdict(list)
    for row in projects:
        groups[row.country, doing[row.id], _place(row)].append(row)
    largest = max(
        (_cost(rows) for (_, stage, _), rows in groups.items() if stage != EXISTING), default=0.0
    )
    beside = defaultdict(list)
    for country, stage, place in groups:
        if place is None:
            beside[country].append(stage)
    sites = []
    for (country, stage, place), rows in groups.items():
        share = _cost(rows) / largest if largest else 1.0
        size = max(SMALLEST_PX, LARGEST_PX * share**0.5)
        sites.append(
            Site(
                *(place or _beside(country, stage, beside[country])),
                known=place is not None,
                country=country,
                stage=stage,
                projects=tuple(rows),
                size_px=SMALLEST_PX if stage == EXISTING else size,
            )
        )
    return sorted(sites, key=lambda site: -site.size_px)


def _beside(country: str, stage: str, row: list[str]) -> tuple[float, float]:
    """Place of one of several sites around the middle of a country."""
    latitude, longitude = CENTRES[country]
    return latitude, longitude + STEP_DEGREES * (row.index(stage) - (len(row) - 1) / 2)


def _cost(projects: Iterable[Project]) -> float:
    return sum(row.capex_musd for row in projects)


def _text(site: Site, years: dict[str, int]) -> str:
    """What a point says: each project, and of the chosen ones their year and cost."""
    return "<br>".join(
        f"{safe(row.name or row.id)}: {years[row.id]}, {row.capex_musd:,.0f} {MUSD}"
        if row.id in years
        else safe(row.name or row.id)
        for row in site.projects
    )


def _add(drawn: go.Figure, sites: list[Site], texts: list[str], colour: str) -> None:
    """One trace of points."""
    drawn.add_scatter(
        x=[site.longitude for site in sites],
        y=[site.latitude for site in sites],
        mode="markers",
        name=sites[0].stage,
        hovertext=texts,
        hoverinfo="text",
        marker={
            "size": [site.size_px for site in sites],
            "color": colour,
            "symbol": ["circle" if site.known else "circle-open" for site in sites],
            "opacity": 0.85,
            "line": {"width": [1.0 if site.known else 3.0 for site in sites]},
        },
    )


def _add_countries(drawn: go.Figure, sites: list[Site]) -> None:
    """The code of each country below its southernmost site."""
    by_country: defaultdict[str, list[Site]] = defaultdict(list)
    for site in sites:
        by_country[site.country].append(site)
    drawn.add_scatter(
        x=[sum(site.longitude for site in here) / len(here) for here in by_country.values()],
        y=[
            min(site.latitude - (2 + site.size_px / 2) / PX_PER_DEGREE for site in here)
            for here in by_country.values()
        ],
        text=list(by_country),
        mode="text",
        textposition="bottom center",
        textfont={"color": INK, "size": 11},
        hoverinfo="skip",
        showlegend=False,
    )


def _add_axes(drawn: go.Figure, lost: list[Project]) -> None:
    """Degrees on both axes, one as long as the other, and who is missing."""
    drawn.update_xaxes(title_text="longitude (degrees east)", dtick=30, range=[-178, 178])
    drawn.update_yaxes(
        title_text="latitude (degrees north)", dtick=30, range=[-58, 78],
        scaleanchor="x", constrain="domain",
    )  # fmt: skip
    if lost:
        names = ", ".join(safe(row.name or row.id) for row in lost)
        drawn.add_annotation(
            text=f"Not drawn, place unknown: {names}",
            x=0, y=-0.16, xref="paper", yref="paper", showarrow=False, xanchor="left",
        )  # fmt: skip

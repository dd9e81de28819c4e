"""The tables about markets: output, need, prices, what broke, what is recycled and stored."""

from __future__ import annotations

from typing import Annotated, Literal

from optimizer.catalogue.facts import (
    CalendarYear,
    Fact,
    Grade,
    MaterialId,
    MaterialOf,
    Note,
    Place,
    Region,
    Sources,
    Steps,
    Unit,
    graded_by,
)
from optimizer.instance.records.base import Quality, Text


class Output(Fact):
    """Mining, processing and recycling by country; what was, and projections."""

    table = "production"
    key = ("material", "stage", "measure", "country", "year", "source")
    shown = (
        "material",
        "stage",
        "measure",
        "country",
        "year",
        "quantity",
        "unit",
        "share_pct",
        "basis",
    )

    material: MaterialOf
    stage: Steps
    measure: Literal["output", "capacity"]
    """Output, or nameplate capacity."""
    country: Place
    """ISO alpha-3 code, or WLD, ROW."""
    year: CalendarYear
    quantity: float | None = None
    """Tonnes of what `unit` names, a year."""
    unit: Unit
    share_pct: Annotated[float | None, graded_by("share_quality")] = None
    """Share of the world, percent."""
    share_quality: Quality | None = None
    """Grade of the share."""
    basis: Literal["actual", "projection"]
    """What was, or a projection of the IEA."""
    source: Sources = ()
    quality: Grade
    note: Note = ""


class WorldDemand(Fact):
    """World demand by material, scenario, sector and year."""

    table = "demand"
    key = ("material", "year", "scenario", "sector")
    shown = ("material", "year", "scenario", "sector", "region", "quantity", "unit")

    material: MaterialOf
    year: CalendarYear
    scenario: Literal["base", "STEPS", "APS", "NZE", "BGR_2012"]
    """`base` is 2024."""
    sector: Text
    """`total` includes all others; `clean_energy_total` is no total."""
    region: Region
    quantity: float
    """Tonnes of what `unit` names, a year."""
    unit: Unit
    source: Sources = ()
    quality: Grade
    note: Note = ""


class MemberDemand(Fact):
    """Demand, trade and use by country."""

    table = "member_demand"
    key = ("region", "material", "sector", "year", "basis", "source")
    shown = ("region", "material", "sector", "year", "quantity", "unit", "share_pct", "basis")

    region: Region
    material: MaterialOf
    sector: Text = ""
    """Use, or kind of statistic; `end use:` rows are shares of EU use."""
    year: CalendarYear
    quantity: float | None = None
    """In `unit`."""
    unit: Unit
    share_pct: Annotated[float | None, graded_by("share_quality")] = None
    """Share of the world, or as `unit` says, percent."""
    share_quality: Quality | None = None
    """Grade of the share."""
    basis: Text
    """Actual, a projection, a plan, or part of a year."""
    source: Sources = ()
    quality: Grade
    note: Note = ""


class Price(Fact):
    """Yearly prices, peaks, and two policy floors."""

    table = "prices"
    key = ("material", "series", "year")
    shown = ("material", "series", "year", "price", "unit")

    material: MaterialOf
    series: Text
    """Grade, place and kind of price."""
    year: CalendarYear
    price: float
    """In `unit`, nominal."""
    unit: Unit
    source: Sources = ()
    quality: Grade
    note: Note = ""


class Disruption(Fact):
    """Past export controls, stoppages and price peaks with their size."""

    table = "disruptions"
    key = ("country", "material", "kind", "start_date")
    shown = ("start_date", "country", "material", "kind", "duration_months", "effect_pct", "effect")

    year: CalendarYear
    start_date: Text
    """Year, month and day as far as known."""
    country: Place
    """ISO alpha-3 code, or WLD for the market."""
    material: MaterialOf
    stage: Steps
    kind: Literal["export ban", "export quota", "licensing", "price", "stoppage", "conflict"]
    """What happened."""
    detail: Text = ""
    """More on the kind, and whom it was aimed at."""
    duration_months: Annotated[float | None, graded_by("duration_quality")] = None
    """How long, months."""
    duration_quality: Quality | None = None
    """Grade of the duration."""
    effect: Text
    """What changed."""
    effect_pct: float | None = None
    """Change of what `effect` names, percent."""
    source: Sources = ()
    quality: Grade
    note: Note = ""


class Recycling(Fact):
    """Recycled shares, legal targets, efficiencies."""

    table = "recycling"
    key = ("material", "metric", "region", "year", "source")
    shown = ("material", "metric", "value", "value_low", "value_high", "unit", "region", "year")

    material: MaterialOf
    metric: Text
    """What is measured."""
    value: float | None = None
    """In `unit`."""
    value_low: float | None = None
    """Lower end of a published band, in `unit`."""
    value_high: float | None = None
    """Upper end of a published band, in `unit`."""
    unit: Unit
    region: Region
    year: CalendarYear
    source: Sources = ()
    quality: Grade
    note: Note = ""


class Programme(Fact):
    """Stockpiles and public programmes with budgets and targets."""

    table = "programmes"
    key = ("programme", "region")
    shown = ("programme", "region", "material", "budget_musd", "target", "year")

    programme: Text
    """Its name, and which part."""
    region: Region
    material: tuple[MaterialId, ...]
    """Ids of `materials`."""
    budget_musd: float | None = None
    """Million USD; blank where secret."""
    target: Text = ""
    """Days or tonnes aimed at, or what is held."""
    year: CalendarYear
    source: Sources = ()
    quality: Grade
    note: Note = ""

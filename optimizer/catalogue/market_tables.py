"""The tables about markets: output, need, prices, what broke, what is recycled and stored."""

from __future__ import annotations

from optimizer.catalogue.columns import (
    END,
    MATERIAL,
    REGION,
    STAGE,
    UNIT,
    YEAR,
    Column,
    Table,
    grade,
    number,
    text,
    words,
)

PRODUCTION = Table(
    "production",
    "mining, processing and recycling by country; what was, and projections",
    ("material", "stage", "measure", "country", "year", "source"),
    (
        MATERIAL,
        STAGE,
        words("measure", "output, or nameplate capacity", ("output", "capacity")),
        Column("country", "ISO alpha-3 code, or WLD, ROW", "place", needed=True),
        YEAR,
        number("quantity", "tonnes of what `unit` names, a year"),
        UNIT,
        number("share_pct", "share of the world, percent", "share_quality"),
        grade("share_quality", "grade of the share"),
        words("basis", "what was, or a projection of the IEA", ("actual", "projection")),
        *END,
    ),
    (
        "material",
        "stage",
        "measure",
        "country",
        "year",
        "quantity",
        "unit",
        "share_pct",
        "basis",
    ),
)
DEMAND = Table(
    "demand",
    "world demand by material, scenario, sector and year",
    ("material", "year", "scenario", "sector"),
    (
        MATERIAL,
        YEAR,
        words("scenario", "`base` is 2024", ("base", "STEPS", "APS", "NZE", "BGR_2012")),
        text(
            "sector", "`total` includes all others; `clean_energy_total` is no total", needed=True
        ),
        REGION,
        number("quantity", "tonnes of what `unit` names, a year", needed=True),
        UNIT,
        *END,
    ),
    ("material", "year", "scenario", "sector", "region", "quantity", "unit"),
)
MEMBER_DEMAND = Table(
    "member_demand",
    "demand, trade and use by country",
    ("region", "material", "sector", "year", "basis", "source"),
    (
        REGION,
        MATERIAL,
        text("sector", "use, or kind of statistic; `end use:` rows are shares of EU use"),
        YEAR,
        number("quantity", "in `unit`"),
        UNIT,
        number("share_pct", "share of the world, or as `unit` says, percent", "share_quality"),
        grade("share_quality", "grade of the share"),
        text("basis", "actual, a projection, a plan, or part of a year", needed=True),
        *END,
    ),
    ("region", "material", "sector", "year", "quantity", "unit", "share_pct", "basis"),
)
PRICES = Table(
    "prices",
    "yearly prices, peaks, and two policy floors",
    ("material", "series", "year"),
    (
        MATERIAL,
        text("series", "grade, place and kind of price", needed=True),
        YEAR,
        number("price", "in `unit`, nominal", needed=True),
        UNIT,
        *END,
    ),
    ("material", "series", "year", "price", "unit"),
)
DISRUPTIONS = Table(
    "disruptions",
    "past export controls, stoppages and price peaks with their size",
    ("country", "material", "kind", "start_date"),
    (
        YEAR,
        text("start_date", "year, month and day as far as known", needed=True),
        Column("country", "ISO alpha-3 code, or WLD for the market", "place", needed=True),
        MATERIAL,
        STAGE,
        words(
            "kind",
            "what happened",
            ("export ban", "export quota", "licensing", "price", "stoppage", "conflict"),
        ),
        text("detail", "more on the kind, and whom it was aimed at"),
        number("duration_months", "how long, months", "duration_quality"),
        grade("duration_quality", "grade of the duration"),
        text("effect", "what changed", needed=True),
        number("effect_pct", "change of what `effect` names, percent"),
        *END,
    ),
    ("start_date", "country", "material", "kind", "duration_months", "effect_pct", "effect"),
)
RECYCLING = Table(
    "recycling",
    "recycled shares, legal targets, efficiencies",
    ("material", "metric", "region", "year", "source"),
    (
        MATERIAL,
        text("metric", "what is measured", needed=True),
        number("value", "in `unit`"),
        number("value_low", "lower end of a published band, in `unit`"),
        number("value_high", "upper end of a published band, in `unit`"),
        UNIT,
        REGION,
        YEAR,
        *END,
    ),
    ("material", "metric", "value", "value_low", "value_high", "unit", "region", "year"),
)
PROGRAMMES = Table(
    "programmes",
    "stockpiles and public programmes with budgets and targets",
    ("programme", "region"),
    (
        text("programme", "its name, and which part", needed=True),
        REGION,
        MATERIAL,
        number("budget_musd", "million USD; blank where secret"),
        text("target", "days or tonnes aimed at, or what is held"),
        YEAR,
        *END,
    ),
    ("programme", "region", "material", "budget_musd", "target", "year"),
)

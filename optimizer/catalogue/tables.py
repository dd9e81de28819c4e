"""The tables of the catalogue: what is in them, by which key, in which unit."""

from __future__ import annotations

from optimizer.catalogue.columns import (
    END,
    MATERIAL,
    QUALITY,
    REGION,
    SOURCE,
    STAGE,
    UNIT,
    Column,
    Table,
    grade,
    number,
    text,
    words,
)
from optimizer.catalogue.market_tables import (
    DEMAND,
    DISRUPTIONS,
    MEMBER_DEMAND,
    PRICES,
    PRODUCTION,
    PROGRAMMES,
    RECYCLING,
)
from optimizer.catalogue.project_tables import INSTRUMENTS, PROJECT_PRODUCTS, PROJECTS

COUNTRIES = Table(
    "countries",
    "producers, hosts and members, with six governance indicators of the World Bank",
    ("id",),
    (
        Column("id", "ISO 3166-1 alpha-3 code", "place", needed=True),
        text("name", "in English", needed=True),
        text("region", "continent and part of it"),
        number("wgi_va", "voice and accountability, -2.5 to 2.5", "governance_quality"),
        number("wgi_pv", "political stability, -2.5 to 2.5", "governance_quality"),
        number("wgi_ge", "government effectiveness, -2.5 to 2.5", "governance_quality"),
        number("wgi_rq", "regulatory quality, -2.5 to 2.5", "governance_quality"),
        number("wgi_rl", "rule of law, -2.5 to 2.5", "governance_quality"),
        number("wgi_cc", "control of corruption, -2.5 to 2.5", "governance_quality"),
        number("governance", "plain mean of the six, -2.5 to 2.5", "governance_quality"),
        Column("governance_year", "year of the indicators", "year"),
        grade("governance_quality", "grade of the mean; the six themselves are printed"),
        text("memberships", "MSP, Quad, EU, AUKUS, G7, OECD, separated by semicolons"),
        number("latitude", "degrees north, of the country's middle"),
        number("longitude", "degrees east, of the country's middle"),
        SOURCE,
        QUALITY,
    ),
    ("id", "name", "region", "governance", "governance_year", "memberships"),
)
CRITICALITY = Table(
    "criticality",
    "how the European Union judged each material in 2023",
    ("material", "stage"),
    (
        MATERIAL,
        STAGE,
        number("supply_risk", "supply risk of the stage, index"),
        number("economic_importance", "economic importance of the material, index"),
        number("import_reliance_pct", "import reliance of the EU at the stage, percent"),
        number("eol_rir_pct", "end-of-life recycling input rate, percent"),
        number("substitution_supply_risk", "substitution index for supply risk, 1 = none, 0 to 1"),
        number("substitution_importance", "substitution index for importance, 1 = none, 0 to 1"),
        Column("country", "main global supplier, ISO alpha-3 code", "place"),
        number("country_share_pct", "its share of world supply, percent"),
        *END,
    ),
    (
        "material",
        "stage",
        "supply_risk",
        "economic_importance",
        "import_reliance_pct",
        "country",
        "country_share_pct",
    ),
)
ESG = Table(
    "esg",
    "footprints, ratings and residues of processes and projects",
    ("material", "stage", "route", "metric", "site"),
    (
        words("scope", "of a process or of one project", ("process", "project")),
        MATERIAL,
        STAGE,
        text("route", "process route"),
        Column("country", "ISO alpha-3 code", "place"),
        Column("project", "id of `projects`", "project"),
        text("site", "name of the project or site"),
        text("metric", "what is measured", needed=True),
        number("value", "in `unit`"),
        text("value_text", "a rating in words"),
        UNIT,
        *END,
    ),
    ("material", "stage", "route", "country", "metric", "value", "value_text", "unit"),
)
LEAD_TIMES = Table(
    "lead_times",
    "years from discovery, permit and decision to output; delays; cost overruns",
    ("id",),
    (
        Column("id", "of the row", "id", needed=True),
        text("activity", "what takes time or money", needed=True),
        STAGE,
        MATERIAL,
        REGION,
        text("metric", "which statistic, of what", needed=True),
        number("value", "in `unit`"),
        number("value_low", "lower end, in `unit`"),
        number("value_high", "upper end, in `unit`"),
        UNIT,
        number("n_projects", "number of projects behind it"),
        *END,
    ),
    ("activity", "stage", "material", "region", "metric", "value", "unit"),
)
MATERIALS = Table(
    "materials",
    "the names of materials in all tables, and the families that a search knows",
    ("id",),
    (
        Column("id", "as in the other tables", "material", needed=True),
        text("name", "in English", needed=True),
        words("kind", "what it is", ("element", "group", "compound", "metal", "product")),
        text("families", "names under which a search finds it too"),
    ),
    ("id", "name", "kind", "families"),
)
PROCESSES = Table(
    "processes",
    "stoichiometry, compositions, yields, by-products, baskets of deposits",
    ("process", "input", "output"),
    (
        text("process", "what is done", needed=True),
        STAGE,
        text("input", "what goes in", needed=True),
        number("input_per_t_output", "input per unit of output, in `input_unit`"),
        text("input_unit", "unit of the input"),
        text("output", "what comes out", needed=True),
        text("output_unit", "unit of the output"),
        number("yield_or_share", "recovered or contained, 0 to 1"),
        text("composition", "several shares, or a range, as printed"),
        text("by_products", "what else comes out"),
        *END,
    ),
    ("process", "stage", "input", "input_per_t_output", "output", "yield_or_share", "composition"),
)
SOURCES = Table(
    "sources",
    "titles, publishers, addresses, terms, and how each was read",
    ("id",),
    (
        Column("id", "as in the column `source`", "id", needed=True),
        text("title", "of the document", needed=True),
        text("publisher", "who printed it"),
        text("year", "of publication"),
        text("url", "where the original is"),
        text("licence", "terms of the publisher"),
        text("read_as", "original, copy, excerpt, extraction by others, or recalled"),
    ),
    ("id", "title", "publisher", "year", "read_as"),
)

TABLES = (
    PROJECTS,
    PROJECT_PRODUCTS,
    INSTRUMENTS,
    PRODUCTION,
    DEMAND,
    MEMBER_DEMAND,
    PRICES,
    DISRUPTIONS,
    RECYCLING,
    PROCESSES,
    ESG,
    LEAD_TIMES,
    PROGRAMMES,
    CRITICALITY,
    COUNTRIES,
    MATERIALS,
    SOURCES,
)
"""All tables, those of projects first, those that others point to last."""

BY_NAME = {table.name: table for table in TABLES}

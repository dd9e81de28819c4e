"""What a sponsor sees of its own projects: what it submitted, not the fund's judgement of them.

A sponsor that knew what the fund thinks of its project, and what the project would do without the
fund, would know how little it must offer. Every field of the tables about projects is in one of
the two lists; a test holds them against the records, so that a new field is nowhere by default.
"""

from __future__ import annotations

OF_PROJECTS = {
    "projects": "id",
    "recipes": "project",
    "ingredients": "project",
    "attributes": "project",
}
"""The tables with rows about one project, and the field that names it."""

PROVENANCE = frozenset({"source", "quality", "note"})
"""How the fund came to a figure and what it thinks of it: of every row."""

JUDGEMENT: dict[str, frozenset[str]] = {
    "projects": PROVENANCE
    | {
        "goes_ahead_alone",
        "success_probability",
        "private_appetite",
        "private_least_share",
        "private_premium",
        "bankable",
        "instruments",
        "e_score",
        "s_score",
        "g_score",
        "certified",
        "strategic_value",
        "standby",
        "open_share",
        "locked",
    },
    "recipes": PROVENANCE | {"unlocked_by"},
    "ingredients": PROVENANCE,
    "attributes": PROVENANCE,
}
"""Fields in which the fund judges a project, by table: no sponsor gets them."""

SUBMITTED: dict[str, set[str]] = {
    "projects": {
        "id",
        "name",
        "owner",
        "country",
        "latitude",
        "longitude",
        "status",
        "kind",
        "main_material",
        "capacity_t_per_year",
        "offtake_share",
        "capex_musd",
        "capex_kind",
        "capex_profile",
        "build_years",
        "life_years",
        "ramp",
        "earliest_start",
        "latest_start",
        "online_year",
        "corridor",
        "segment",
        "host_benefit_share",
    },
    "recipes": {
        "project",
        "recipe",
        "opex_usd_per_t",
        "capacity_use",
        "carbon_t_per_t",
        "water_m3_per_t",
    },
    "ingredients": {"project", "recipe", "material", "direction", "t_per_t"},
    "attributes": {"project", "attribute", "value"},
}
"""Fields that a sponsor submitted, by table."""

SPONSOR_TABLES: dict[str, tuple[str, ...]] = {
    "choice": ("project", "year"),
    "commitments": ("project", "instrument", "member", "year", "amount_musd"),
    "private": ("project", "year", "amount_musd"),
    "activity": ("scenario", "year", "project", "recipe", "kt"),
}
"""Tables of a plan of which a sponsor sees the rows of its own projects, and the columns. What the
project would do alone is not among them."""

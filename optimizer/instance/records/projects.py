"""What can be built or runs already: projects, recipes, relations, attributes."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from optimizer.instance.records.base import (
    CountryCode,
    Id,
    Musd,
    Row,
    Score,
    Share,
    Text,
    TPerT,
    TPerYear,
    UsdPerT,
    Year,
    Years,
)

ProjectKind = Literal[
    "mine",
    "refinery",
    "recycling",
    "manufacturing",
    "infrastructure",
    "programme",
    "stockpile",
]


class Project(Row):
    """A candidate, committed or operating project, as its sponsor submitted it."""

    table: ClassVar[str] = "projects"

    id: Id
    name: Text = ""
    owner: Text = ""
    country: CountryCode
    """Country of the site; its zone is where inputs are taken and outputs appear."""
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    status: Literal["candidate", "committed", "operating"]
    """A candidate can be chosen; the others run anyway and are never chosen."""
    kind: ProjectKind
    main_material: Id | None = None
    """Material that policies file the project under."""
    capacity_t_per_year: TPerYear
    """Always the increment that this project adds; of a corridor for infrastructure; of demand
    that a substitution programme replaces; of a stockpile the tonnes that it holds."""
    offtake_share: Share = 1.0
    """Part of the output that the alliance can have."""
    capex_musd: Musd = 0.0
    """Building cost; for a committed project the cost that is still to be paid."""
    capex_kind: Literal["full", "remaining"] = "full"
    """An acquisition price or a funding package is no building cost and does not belong here."""
    capex_profile: tuple[Share, ...] = ()
    """Shares of the building cost in each year from the start; empty spreads it evenly over the
    years of building."""
    build_years: Years = 0
    """Years from the start to the first output."""
    life_years: Annotated[int, Field(ge=1, le=100)] = 20
    """Years of output."""
    ramp: tuple[Share, ...] = (1.0,)
    """Share of capacity that runs in the first, second, … year of output; the last is 1."""
    earliest_start: Year | None = None
    """First year in which a candidate can be started; empty means the first year."""
    latest_start: Year | None = None
    """Last such year; empty means as late as the least operating years allow."""
    online_year: Year | None = None
    """First year of output of a committed or operating project; empty means before the horizon,
    for good."""
    goes_ahead_alone: Year | None = None
    """Year in which a candidate starts without the fund, unless it is started before."""
    success_probability: Share = 1.0
    """Chance that it ever produces; weighs what it brings online (rule 9), what instruments are
    expected to return and what contracts are expected to pay (rule 4). What runs already has come
    about."""
    private_appetite: Share = 0.0
    """Share of the building cost that private money covers by itself (rule 3)."""
    private_least_share: Share = 0.0
    """Share of the building cost that private money must cover."""
    private_premium: Annotated[float, Field(ge=0, le=5)] = 0.0
    """Economic cost of private money above its amount, as a share of it."""
    bankable: bool = True
    """Whether the nominal cash flow at market price covers debt service (rule 3)."""
    instruments: tuple[Id, ...] = ()
    """Instruments that may finance it; empty means all."""
    e_score: Score | None = None
    s_score: Score | None = None
    g_score: Score | None = None
    certified: bool = False
    """Whether an audit scheme that the fund accepts has certified it."""
    strategic_value: Annotated[float, Field(ge=-1e9, le=1e9)] = 0.0
    """The fund's own score of the project."""
    corridor: Id | None = None
    """Corridor that its output uses, or, for infrastructure, adds to."""
    standby: bool = False
    """Whether it is kept for emergencies and runs in emergency years alone (rule 9)."""
    segment: Id | None = None
    """Programme: the segment whose demand its activity replaces (rule 13)."""
    open_share: Share = 1.0
    """Share of capacity that runs below cash cost without a price floor (rule 10)."""
    host_benefit_share: Share | None = None
    """Share of its revenue that stays in the host country: royalty, tax, local spend (rule 6)."""
    locked: Literal["free", "in", "out"] = "free"
    """A what-if's lock: `in` forces the candidate's choice, `out` removes it."""


class Recipe(Row):
    """A mode of running a project, per tonne of its reference output."""

    table: ClassVar[str] = "recipes"
    key: ClassVar[tuple[str, ...]] = ("project", "recipe")

    project: Id
    recipe: Id
    opex_usd_per_t: UsdPerT = 0.0
    """Operating cost without the inputs that the model supplies."""
    capacity_use: TPerT = 1.0
    """Capacity that one tonne of reference output uses (rule 9)."""
    carbon_t_per_t: TPerT = 0.0
    """Emissions, t CO2e."""
    water_m3_per_t: Annotated[float, Field(ge=0, le=1e7)] = 0.0
    """Water withdrawn."""
    unlocked_by: Id | None = None
    """Programme that must have come online before the plant can run this way (rule 9)."""


class Ingredient(Row):
    """An input or output of a recipe."""

    table: ClassVar[str] = "ingredients"
    key: ClassVar[tuple[str, ...]] = ("project", "recipe", "material", "direction")

    project: Id
    recipe: Id
    material: Id
    direction: Literal["input", "output"]
    t_per_t: TPerT
    """Tonnes per tonne of reference output; 1 for the reference output itself."""


class Relation(Row):
    """A rule between projects (rule 2)."""

    table: ClassVar[str] = "relations"

    id: Id
    kind: Literal["requires", "excludes", "group"]
    """requires: the first needs the second to have been started; excludes: at most one of them;
    group: between least and most of them."""
    projects: tuple[Id, ...]
    lag_years: Years = 0
    """requires: years that the second must have been started before the first."""
    least: Annotated[int, Field(ge=0, le=100_000)] = 0
    most: Annotated[int, Field(ge=0, le=100_000)] | None = None


class Stockpile(Row):
    """How a project of the kind `stockpile` keeps a material (rule 14)."""

    table: ClassVar[str] = "stockpiles"
    key: ClassVar[tuple[str, ...]] = ("project",)

    project: Id
    material: Id
    opening_t: Annotated[float, Field(ge=0, le=1e10, json_schema_extra={"unit": "tonnes"})] = 0.0
    """Stock before the first year. An operating stockpile is kept at this level."""
    loss_share: Share = 0.0
    """Share of the stock that spoils in a year."""
    rotation_share: Share = 0.0
    """Share of the stock that is released and bought again in a year, so that it stays fresh."""
    holding_cost_usd_per_t: UsdPerT = 0.0
    """Cost of keeping a tonne for a year, rotation included."""
    understock_cost_usd_per_t: UsdPerT = 0.0
    """Cost of a tonne that is missing from the plan in a year without an emergency."""
    largest_release_t_per_year: TPerYear | None = None
    """Largest release in an emergency year; empty means all of the stock."""
    largest_fill_t_per_year: TPerYear | None = None
    """Largest purchase for the stock in a year; empty means unlimited."""
    residual_share: Share = 0.0
    """Share of the market price that a tonne left after the last year is worth."""


class Attribute(Row):
    """A number that an instance gives a project: jobs, land, permits, staff, …."""

    table: ClassVar[str] = "attributes"
    key: ClassVar[tuple[str, ...]] = ("project", "attribute")

    project: Id
    attribute: Id
    value: Annotated[float, Field(ge=-1e12, le=1e12)]

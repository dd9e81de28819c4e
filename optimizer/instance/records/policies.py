"""Rules that the fund or a member has set, as rows."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from optimizer.instance.records.base import (
    CountryCode,
    Id,
    Row,
    Stage,
    Text,
    UsdPerT,
    Year,
)
from optimizer.vocabulary.policies import KINDS, PolicyKind

Tag = Literal[
    "all",
    "country",
    "bloc",
    "inside",
    "outside",
    "owner",
    "kind",
    "stage",
    "material",
    "instrument",
    "governance_below",
]


class Step(Row):
    """A criterion in a further step of a lexicographic objective.

    Step 1 is the objective of the settings; the steps after it choose, each among the plans that
    are good enough by the steps before.
    """

    table: ClassVar[str] = "steps"
    key: ClassVar[tuple[str, ...]] = ("step", "criterion")

    step: Annotated[int, Field(ge=2, le=20)]
    criterion: Annotated[str, Field(min_length=1, max_length=80)]
    sense: Literal["minimise", "maximise"] = "minimise"
    """The same in all rows of a step."""
    weight: Annotated[float, Field(gt=0, le=1e6)] = 1.0
    """Weight of the criterion in the step."""
    tolerance_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """How much of its size the step before may give up; the same in all rows of a step."""


class Policy(Row):
    """A rule that the fund or a member has set: rules 5 to 8, 14 and 17 to 20 come as rows.

    Any row can be switched, tightened or relaxed by its id.
    """

    table: ClassVar[str] = "policies"

    id: Id
    kind: PolicyKind
    enabled: bool = True
    sense: Literal["most", "least"] = "most"
    """Whether the value is an upper or a lower bound."""
    value: Annotated[float, Field(ge=-1e12, le=1e12)]
    """The bound: a share, a count, points, or the attribute's unit."""
    final_value: Annotated[float, Field(ge=-1e12, le=1e12)] | None = None
    """Glide path: the bound moves in a straight line from `value` in the first year to this in
    the last year of the glide."""
    glide_until: Year | None = None
    first_year: Year | None = None
    last_year: Year | None = None
    hard: bool = True
    """A hard row holds; a soft one (shares of rules 6, 17 and 18) may be broken at its penalty."""
    penalty_usd_per_t: UsdPerT = 0.0
    """Soft rows: cost per tonne of traced content beyond the bound."""
    member: Id | None = None
    """Rule 5: the member whose mandate this is; empty for the whole fund (rule 7)."""
    tag: Tag = "all"
    """Which projects or money the row counts."""
    tag_value: Text = ""
    """Value of the tag, for example a country code or an owner."""
    score: Literal["e", "s", "g"] | None = None
    """ESG rows: which of the three scores."""
    target: Annotated[float, Field(ge=0, le=100)] | None = None
    """esg_shortfall: the score below which points are missing."""
    attribute: Id | None = None
    element: Id | None = None
    """Rules 6, 17 and 18: the traced element."""
    stage: Stage | None = None
    """Rules 6, 17 and 18: the stage at which shares are taken; `scrap` stands for recycling."""
    country: CountryCode | None = None
    """country_share: the country whose share is capped; local_processing: the host."""
    segment: Id | None = None
    """must_survive: the segment whose service level this is; empty for every segment, each by
    itself."""
    criterion: Annotated[str, Field(max_length=80)] | None = None
    """criterion_bound: the criterion that is bounded."""

    @property
    def excludes(self) -> bool:
        """Whether it only takes projects out of the choice, and so never binds."""
        return KINDS[self.kind].excludes

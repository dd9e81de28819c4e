"""The settings of an instance: horizon, money of account, and what is optimised."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, field_validator

from optimizer.instance.records import Record
from optimizer.instance.records.base import Id, Rate, Share, Text, UsdPerT, Year

Criterion = Annotated[str, Field(pattern=r"^[a-z_]+(\.[A-Za-z0-9_.\-]+)?$", max_length=80)]
MOST_WEIGHT: Final = 1e6


class Objective(Record):
    """The first thing to optimise: a weighting of criteria, in their natural sign."""

    sense: Literal["minimise", "maximise"] = "minimise"
    weights: dict[Criterion, Annotated[float, Field(ge=-MOST_WEIGHT, le=MOST_WEIGHT)]] = Field(
        default_factory=lambda: {"expected_cost": 1.0}
    )
    """Weight of each criterion; `attribute.NAME` is the chosen sum of an attribute."""
    risk_weight: Annotated[float, Field(ge=0, le=1e3)] = 0.0
    """Weight λ on tail_shortage, which is added to what is minimised."""
    tail_level: Annotated[float, Field(ge=0, le=0.999)] = 0.9
    """Level α of the conditional value at risk that tail_shortage is."""

    @field_validator("weights")
    @classmethod
    def _by_name(cls, weights: dict[str, float]) -> dict[str, float]:
        """Weights in the order of their names, so that their order in a file changes nothing."""
        return dict(sorted(weights.items()))

    def minimised(self, criterion: str) -> float:
        """Weight of a criterion in what is minimised: 0 if it is not in the objective."""
        return (1.0 if self.sense == "minimise" else -1.0) * self.weights.get(criterion, 0.0)

    @property
    def first_step(self) -> dict[str, float]:
        """What a unit of each criterion weighs in what the first step minimises.

        sense · weights, public_funds_cost as much as expected_cost, λ on tail_shortage, and the
        penalty of soft rows.
        """
        weights = {name: self.minimised(name) for name in self.weights}
        public = self.minimised("public_funds_cost") + self.minimised("expected_cost")
        terms = {"public_funds_cost": public, "tail_shortage": self.tail_weight}
        return weights | terms | {"policy_penalty": 1.0}

    @property
    def economic(self) -> Objective:
        """What operators minimise whatever the fund does: expected cost, and the tail as here."""
        tail = min(self.tail_weight, MOST_WEIGHT)
        weights = {"expected_cost": 1.0} | ({"tail_shortage": tail} if tail > 0 else {})
        return Objective(weights=weights, tail_level=self.tail_level)

    @property
    def is_expected_cost(self) -> bool:
        """Whether expected cost alone is weighed, beside the terms that come with it."""
        return self.sense == "minimise" and self.weights == {"expected_cost": 1.0}

    @property
    def tail_weight(self) -> float:
        """Weight of tail_shortage in what is minimised."""
        return self.minimised("tail_shortage") + self.risk_weight


class Settings(Record):
    """What `instance.toml` says of the instance as a whole."""

    format: Literal[1] = 1
    """Version of the file format."""
    id: Id
    title: Text = ""
    first_year: Year
    last_year: Year
    base_year: Year
    """Year to whose start all money is discounted, and whose prices all figures are in."""
    discount_rate: Rate
    """Real discount rate r; the discount factor of year t is (1 + r)^−(t − base_year)."""
    least_operating_years: Annotated[int, Field(ge=1, le=100)] = 3
    """Years of output within the horizon that a start must leave room for; 1 where nothing is
    built."""
    carbon_price_usd_per_t: UsdPerT = 0.0
    """Cost of one tonne of CO2e emitted by plants inside the alliance."""
    failure: Literal["expected", "drawn", "ignored"] = "expected"
    """How it counts that a project may fail (rule 9): expected: what it brings online times its
    success probability, in every scenario that does not say that it fails; drawn: the scenarios
    say in the table `failures` which projects fail, and the others succeed; ignored: every project
    succeeds, for what-ifs alone."""
    cost_of_public_funds: Annotated[float, Field(ge=0, le=10)] = 0.0
    """What a dollar of public money costs the economy beyond itself, because taxes raise it: this
    share of fund_cost and treasury_cost is the criterion public_funds_cost, which counts in the
    objective as much as expected_cost does."""
    salvage_share: Share = 1.0
    """Part of the value that plants have after the last year which counts in expected_cost: 1 takes
    all of their remaining life for worth its building cost, 0 none of it."""
    objective: Objective = Objective()

    @property
    def years(self) -> range:
        """The years of the horizon."""
        return range(self.first_year, self.last_year + 1)

"""The instance: everything that the optimizer is told, as one frozen value.

An instance holds its tables as tuples of records in published units (t, USD, M$). Its rows are
sorted by their keys, so that the order of rows in a file changes nothing.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from optimizer.errors import Fault, InvalidInstance
from optimizer.instance.records import (
    Arising,
    Attribute,
    Benefit,
    Content,
    Contract,
    Contribution,
    Corridor,
    Country,
    Delay,
    Demand,
    EndOfLife,
    Entrepot,
    ExchangeRate,
    Ingredient,
    Instrument,
    Material,
    Member,
    Origin,
    Outlay,
    Policy,
    Price,
    Project,
    Provenance,
    Recipe,
    Record,
    Relation,
    Route,
    Row,
    Sale,
    Scenario,
    Segment,
    Shock,
    Step,
    Stockpile,
    Supplier,
    SupplyLimit,
    Tranche,
    Zone,
)
from optimizer.instance.records.base import Id, Rate, Text, UsdPerT, Year

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Criterion = Annotated[str, Field(pattern=r"^[a-z_]+(\.[A-Za-z0-9_.\-]+)?$", max_length=80)]


class Objective(Record):
    """The first thing to optimise: a weighting of criteria, in their natural sign."""

    sense: Literal["minimise", "maximise"] = "minimise"
    weights: dict[Criterion, Annotated[float, Field(ge=-1e6, le=1e6)]] = Field(
        default_factory=lambda: {"expected_cost": 1.0}
    )
    """Weight of each criterion; `attribute.NAME` is the chosen sum of an attribute."""
    risk_weight: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Weight λ on tail_shortage less the mean shortage cost."""
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

        sense · weights, λ on tail_shortage less mean_shortage_cost, and the penalty of soft rows.
        """
        mean = self.minimised("mean_shortage_cost") - self.risk_weight
        weights = {name: self.minimised(name) for name in self.weights}
        tail = {"tail_shortage": self.tail_weight, "mean_shortage_cost": mean}
        return weights | tail | {"policy_penalty": 1.0}

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
    objective: Objective = Objective()

    @property
    def years(self) -> range:
        """The years of the horizon."""
        return range(self.first_year, self.last_year + 1)


class Instance(Record):
    """A valid instance: built only if every rule within and across its records holds."""

    settings: Settings
    countries: tuple[Country, ...] = ()
    zones: tuple[Zone, ...] = ()
    corridors: tuple[Corridor, ...] = ()
    routes: tuple[Route, ...] = ()
    entrepots: tuple[Entrepot, ...] = ()
    materials: tuple[Material, ...] = ()
    contents: tuple[Content, ...] = ()
    prices: tuple[Price, ...] = ()
    suppliers: tuple[Supplier, ...] = ()
    supply_limits: tuple[SupplyLimit, ...] = ()
    origins: tuple[Origin, ...] = ()
    segments: tuple[Segment, ...] = ()
    demand: tuple[Demand, ...] = ()
    tranches: tuple[Tranche, ...] = ()
    sales: tuple[Sale, ...] = ()
    arisings: tuple[Arising, ...] = ()
    end_of_life: tuple[EndOfLife, ...] = ()
    projects: tuple[Project, ...] = ()
    recipes: tuple[Recipe, ...] = ()
    ingredients: tuple[Ingredient, ...] = ()
    stockpiles: tuple[Stockpile, ...] = ()
    relations: tuple[Relation, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    members: tuple[Member, ...] = ()
    contributions: tuple[Contribution, ...] = ()
    exchange_rates: tuple[ExchangeRate, ...] = ()
    outlays: tuple[Outlay, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    contracts: tuple[Contract, ...] = ()
    benefits: tuple[Benefit, ...] = ()
    policies: tuple[Policy, ...] = ()
    steps: tuple[Step, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    shocks: tuple[Shock, ...] = ()
    delays: tuple[Delay, ...] = ()
    provenance: tuple[Provenance, ...] = ()

    @field_validator("*", mode="after")
    @classmethod
    def _sorted(cls, value: Any) -> Any:
        if isinstance(value, tuple) and value and isinstance(value[0], Row):
            return tuple(sorted(value, key=lambda row: row.key_values()))
        return value

    @model_validator(mode="after")
    def _valid(self) -> Self:
        from optimizer.instance.validation import faults_of

        errors = tuple(fault for fault in faults_of(self) if fault.level == "error")
        if errors:
            raise InvalidInstance(errors)
        return self

    @classmethod
    def tables(cls) -> dict[str, type[Row]]:
        """Name of each table and class of its rows, in the order of the document."""
        return {
            name: field.annotation.__args__[0]  # type: ignore[union-attr]
            for name, field in cls.model_fields.items()
            if name != "settings"
        }

    @property
    def canonical(self) -> bytes:
        """The canonical JSON document: what equals the format's default is left out.

        So a later version whose format has further fields gives the same document, and an earlier
        decision keeps its hash. A default is never changed within a version of the format.
        """
        return self.model_dump_json(exclude_defaults=True).encode()

    @property
    def content_hash(self) -> str:
        """SHA-256 of the canonical document: equal content, equal hash, whatever the file."""
        return hashlib.sha256(self.canonical).hexdigest()

    def changed(
        self,
        values: Mapping[str, object] | None = None,
        *,
        fix_in: Iterable[str] = (),
        fix_out: Iterable[str] = (),
        switch_off: Iterable[str] = (),
        budget_factor: float = 1.0,
    ) -> Instance:
        """A what-if: this instance with some of its data changed; the model stays the same.

        Args:
            values: new values by path: `settings.FIELD`, `settings.objective.FIELD` or
                `TABLE.KEY.FIELD`, the parts of a longer key separated by a slash. `*` in a key
                stands for any text; a path that ends in `*` multiplies what is there.
            fix_in: projects to lock in.
            fix_out: projects to lock out.
            switch_off: policies to switch off.
            budget_factor: multiplies every contribution and opening balance.

        Raises:
            InvalidInstance: naming every path that does not exist and every rule broken.
        """
        from optimizer.instance.changes import change

        fix_in, fix_out = tuple(fix_in), tuple(fix_out)
        both = [
            Fault("", None, "", f"{project} cannot be locked in and out at once")
            for project in fix_in
            if project in fix_out
        ]
        if both:
            raise InvalidInstance(tuple(both))
        paths = dict(values or {})
        paths |= {f"projects.{project}.locked": "in" for project in fix_in}
        paths |= {f"projects.{project}.locked": "out" for project in fix_out}
        paths |= {f"policies.{policy}.enabled": False for policy in switch_off}
        return change(self, paths, budget_factor)

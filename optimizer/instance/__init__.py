"""The instance: everything that the optimizer is told, as one frozen value.

An instance holds its tables as tuples of records in published units (t, USD, M$). Its rows are
sorted by their keys, so that the order of rows in a file changes nothing.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Self

from pydantic import field_validator, model_validator

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
    Failure,
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
from optimizer.instance.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


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
    failures: tuple[Failure, ...] = ()
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

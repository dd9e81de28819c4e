"""The records of an instance: one class per table, one field per column, units in the names."""

from optimizer.instance.records.base import Quality, Record, Row, Stage
from optimizer.instance.records.fund import Contribution, ExchangeRate, Member, Outlay
from optimizer.instance.records.instruments import Benefit, Contract, Instrument
from optimizer.instance.records.market import (
    Arising,
    Content,
    Demand,
    EndOfLife,
    Material,
    Origin,
    Price,
    Sale,
    Segment,
    Supplier,
    SupplyLimit,
    Tranche,
)
from optimizer.instance.records.places import Corridor, Country, Entrepot, Route, Zone
from optimizer.instance.records.policies import Policy, Step
from optimizer.instance.records.projects import (
    Attribute,
    Ingredient,
    Project,
    Recipe,
    Relation,
    Stockpile,
)
from optimizer.instance.records.worlds import Delay, Failure, Provenance, Scenario, Shock

__all__ = [
    "Arising",
    "Attribute",
    "Benefit",
    "Content",
    "Contract",
    "Contribution",
    "Corridor",
    "Country",
    "Delay",
    "Demand",
    "EndOfLife",
    "Entrepot",
    "ExchangeRate",
    "Failure",
    "Ingredient",
    "Instrument",
    "Material",
    "Member",
    "Origin",
    "Outlay",
    "Policy",
    "Price",
    "Project",
    "Provenance",
    "Quality",
    "Recipe",
    "Record",
    "Relation",
    "Route",
    "Row",
    "Sale",
    "Scenario",
    "Segment",
    "Shock",
    "Stage",
    "Step",
    "Stockpile",
    "Supplier",
    "SupplyLimit",
    "Tranche",
    "Zone",
]

"""The records of an instance: one class per table, one field per column, units in the names."""

from optimizer.records.base import Quality, Record, Row, Stage
from optimizer.records.fund import Contribution, Instrument, Member, Outlay, Policy
from optimizer.records.market import (
    Arising,
    Content,
    Demand,
    Material,
    Origin,
    Price,
    Sale,
    Segment,
    Supplier,
    SupplyLimit,
    Tranche,
)
from optimizer.records.places import Corridor, Country, Entrepot, Route, Zone
from optimizer.records.projects import Attribute, Ingredient, Project, Recipe, Relation
from optimizer.records.worlds import Provenance, Scenario, Shock

__all__ = [
    "Arising",
    "Attribute",
    "Content",
    "Contribution",
    "Corridor",
    "Country",
    "Demand",
    "Entrepot",
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
    "Supplier",
    "SupplyLimit",
    "Tranche",
    "Zone",
]

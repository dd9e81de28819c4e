"""Supply by country: how much of a traced element each country supplies at a stage.

Enters: an instance, a plan for it, an element and a stage. Leaves: a table by year and country,
by the rule of the policies on shares (rule 17), for every country instead of one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from optimizer.checker.shares import (
    content_per_activity,
    demand_content,
    needed_at,
    origin_shares,
)
from optimizer.checker.walk import case
from optimizer.errors import OptimizerError
from optimizer.instance.records import Policy
from optimizer.instance.records.base import SUPPLY_STAGES

if TYPE_CHECKING:
    from optimizer.checker.case import Case
    from optimizer.checker.rows import Array
    from optimizer.instance import Instance
    from optimizer.plan import Plan

SMALLEST_KT = 1e-9
"""Less than this is the dust of a sum."""


def content_by_country(instance: Instance, plan: Plan, element: str, stage: str) -> pd.DataFrame:
    """Content supplied by each country at a stage, bought there or inside a later form.

    Counted in the nominal scenario and net of sales outside the alliance, as rule 17 does.

    Args:
        instance: the instance of the plan, or one with the same countries, plants and suppliers.
        plan: a plan; one without a choice gives an empty table.
        element: a traced element, for example `NdPr`.
        stage: `extraction`, `processing`, `metal` or `manufacturing`.

    Returns:
        One row per year and country that supplies something: year, country, kt (of the element),
        demand_kt (the whole nominal demand in content at the stage), share (kt over demand_kt).

    Raises:
        OptimizerError: for an element or a stage that the instance does not have.
    """
    return content_of(case(instance, plan), element, stage)


def content_of(seen: Case, element: str, stage: str) -> pd.DataFrame:
    """The same for a plan and an instance that stand side by side already."""
    instance = seen.instance
    elements = sorted({row.element for row in instance.contents})
    if element not in elements:
        raise OptimizerError(f"no material contains '{element}'; traced: {', '.join(elements)}")
    if stage not in SUPPLY_STAGES:
        raise OptimizerError(f"'{stage}' is not a stage of supply: {', '.join(SUPPLY_STAGES)}")
    probes = _probes(instance, element, stage)
    content = needed_at(seen, probes[0])
    blocks = seen.answer.block[seen.worlds.nominal]
    operated = blocks >= 0
    years = np.array(seen.years)[operated]
    supplied = _supplied(seen, probes, content)[blocks[operated]]
    demand = demand_content(seen, content)
    frame = pd.DataFrame(
        {
            "year": np.repeat(years, len(probes)),
            "country": pd.Series([row.id for row in instance.countries] * len(years), dtype="str"),
            "kt": supplied.ravel(),
            "demand_kt": np.repeat(demand[operated], len(probes)),
        }
    )
    frame["share"] = frame["kt"] / frame["demand_kt"].where(frame["demand_kt"] > 0)
    return frame[frame["kt"].abs() > SMALLEST_KT].reset_index(drop=True)


def _probes(instance: Instance, element: str, stage: str) -> list[Policy]:
    """One policy on shares for each country, to ask the rule about it."""
    fields = {"id": "probe", "kind": "country_share", "value": 1.0}
    fields |= {"element": element, "stage": stage}
    return [Policy.model_validate(fields | {"country": row.id}) for row in instance.countries]


def _supplied(seen: Case, probes: list[Policy], content: Array) -> Array:
    """Content supplied, by block of operation and country (kt)."""
    instance, network, done = seen.instance, seen.network, seen.answer.operation
    codes = [row.id for row in instance.countries]
    host = np.array([row.country for row in instance.projects], dtype=object)
    hosts = host[network.recipe_project][:, None] == np.array(codes, dtype=object)
    origins = np.column_stack([origin_shares(seen, probe) for probe in probes])
    homes = {
        zone.id: [c.id for c in instance.countries if c.zone == zone.id] for zone in instance.zones
    }
    sellers = np.array([[only == [code] for code in codes] for only in homes.values()], dtype=float)
    sold = done["sold"] * np.tile(content, len(homes))
    bought = done["purchases"] * content[network.supplier_material]
    made = done["activity"] * content_per_activity(seen, probes[0])
    seller = np.repeat(sellers, network.count("materials"), axis=0)
    return np.asarray(np.maximum(bought @ origins + made @ hosts - sold @ seller, 0.0), np.float64)

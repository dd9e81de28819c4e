"""Supply: what is served and short, and which countries it comes from, in kt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from optimizer.checker.walk import case
from optimizer.evaluation.supply import content_of
from optimizer.instance.records.base import SUPPLY_STAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optimizer.instance import Instance
    from optimizer.plan import Plan

EXPECTED = "(expected)"
"""The mean of all scenarios, among the scenarios; no identifier begins with a bracket."""

KEYS = ["scenario", "year", "segment"]
SUPPLY = ["plan", *KEYS, "material", "served_kt", "short_kt"]
ORIGINS = ["plan", "element", "stage", "year", "country", "kt", "demand_kt", "share"]


def supply_of(plans: Mapping[str, Plan], instances: Mapping[str, Instance] | None) -> pd.DataFrame:
    """Served and short by plan, scenario, year and segment."""
    frames = []
    for name, plan in plans.items():
        frame = served_and_short(plan)
        if instances is not None:
            frame = _with_material(frame, instances[name])
        if instances is not None and plan.kept is None:
            frame = _with_expected(frame, instances[name])
        frames.append(frame.assign(plan=name))
    everything = pd.concat(frames, ignore_index=True)
    if instances is None:
        everything["material"] = pd.Series(pd.NA, index=everything.index, dtype="str")
    return everything[SUPPLY]


def served_and_short(plan: Plan) -> pd.DataFrame:
    """Served and short in every scenario: scenario, year, segment, served_kt, short_kt.

    Scenario-years whose operation the plan does not keep are left out.
    """
    keys = ["block", "year", "segment"]
    served, short = (
        frame.rename(columns={"scenario": "block"}).groupby(keys)["kt"].sum()
        for frame in (plan.tables.served, plan.tables.short)
    )
    blocks = pd.concat({"served_kt": served, "short_kt": short}, axis=1).fillna(0.0).reset_index()
    operated = plan.tables.operated_as.merge(blocks, on=["block", "year"])
    columns = [*KEYS, "served_kt", "short_kt"]
    return operated[columns].sort_values(KEYS, ignore_index=True)


def _with_expected(frame: pd.DataFrame, instance: Instance) -> pd.DataFrame:
    """The same with the mean of all scenarios."""
    probability = {row.id: row.probability for row in instance.scenarios}
    amounts = ["served_kt", "short_kt"]
    weighed = frame[amounts].mul(frame["scenario"].map(probability).astype(float), axis=0)
    keys = [frame["year"], frame["segment"], frame["material"]]
    mean = weighed.groupby(keys).sum().reset_index().assign(scenario=EXPECTED)
    return pd.concat([frame, mean], ignore_index=True)


def _with_material(frame: pd.DataFrame, instance: Instance) -> pd.DataFrame:
    """The same with each segment's material."""
    materials = {row.id: row.material for row in instance.segments}
    return frame.assign(material=frame["segment"].map(materials).astype("str"))


def origins_of(plans: Mapping[str, Plan], instances: Mapping[str, Instance] | None) -> pd.DataFrame:
    """Nominal supply by country of every traced element at every stage of the instance."""
    frames = [pd.DataFrame(columns=ORIGINS)]
    for name, instance in (instances or {}).items():
        seen = case(instance, plans[name])
        present = {row.stage for row in instance.materials}
        for element in sorted({row.element for row in instance.contents}):
            for stage in (stage for stage in SUPPLY_STAGES if stage in present):
                frame = content_of(seen, element, stage)
                frames.append(frame.assign(plan=name, element=element, stage=stage))
    return pd.concat(frames[1:] or frames, ignore_index=True)[ORIGINS]

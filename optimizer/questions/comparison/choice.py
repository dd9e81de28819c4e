"""Choice and schedule: what is started in which plan, and when it first produces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optimizer.instance import Instance
    from optimizer.plan import Plan


def choice_of(plans: Mapping[str, Plan]) -> pd.DataFrame:
    """Projects whose start differs: index project; year by plan, and differs_by."""
    starts, names = _starts(plans), pd.Index(list(plans), name="plan")
    years, alone = (
        starts.pivot(index="project", columns="plan", values=column).reindex(columns=names)
        for column in ("year", "alone")
    )
    years, alone = years.astype("Int64"), alone.astype("boolean")
    missing, moved = years.isna().any(axis=1), years.nunique(axis=1) > 1
    differs = missing | moved | (alone.nunique(axis=1) > 1)
    how = np.select([missing, moved], ["only in some", "another year"], "alone in some")
    years["differs_by"] = pd.Series(how, index=years.index, dtype="str")
    return years[differs]


def schedule_of(
    plans: Mapping[str, Plan], instances: Mapping[str, Instance] | None
) -> pd.DataFrame:
    """Starts and first outputs: one row per project and plan that starts it."""
    starts = _starts(plans).rename(columns={"year": "start"})
    starts = starts.merge(_build_years(instances), on=["plan", "project"], how="left")
    first = starts.loc[starts["plan"] == next(iter(plans)), ["project", "start"]]
    starts = starts.merge(first, on="project", how="left", suffixes=("", "_in_first"))
    whole = starts[["start", "build_years", "start_in_first"]].astype("Int64")
    return pd.DataFrame(
        {
            "project": starts["project"],
            "plan": starts["plan"],
            "start": starts["start"],
            "first_output": whole["start"] + whole["build_years"],
            "alone": starts["alone"],
            "later_by_years": whole["start"] - whole["start_in_first"],
        }
    ).sort_values("project", kind="stable", ignore_index=True)


def _starts(plans: Mapping[str, Plan]) -> pd.DataFrame:
    """The choices of all plans: plan, project, year, alone."""
    frames = {name: plan.tables.choice for name, plan in plans.items()}
    return pd.concat(frames, names=["plan"]).reset_index("plan").reset_index(drop=True)


def _build_years(instances: Mapping[str, Instance] | None) -> pd.DataFrame:
    """Years of building: plan, project, build_years."""
    rows = [
        (name, project.id, project.build_years)
        for name, instance in (instances or {}).items()
        for project in instance.projects
    ]
    frame = pd.DataFrame(rows, columns=["plan", "project", "build_years"])
    return frame.astype({"plan": "str", "project": "str", "build_years": "Int64"})

"""The committed plans: what they were made for is still there, and every one still holds.

Mass and money are added up here from the tables alone, without the checker's arrays.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from optimizer.checker import check
from optimizer.instance.formats.reader import load
from optimizer.plan.files import load_plan

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Plan

INSTANCES = Path(__file__).resolve().parents[2] / "instances"
NAMES = sorted({path.parent.name for path in INSTANCES.glob("*/expected.json")} - {"tiny"})
BLOCK = ["scenario", "year"]
PLACE = [*BLOCK, "zone", "material"]
PRECISE = 1e-6
PROVEN = 0.005
T_PER_KT = 1000


@cache
def committed(name: str) -> tuple[Instance, Plan]:
    return load(INSTANCES / name), load_plan(INSTANCES / name / "plan")


@pytest.mark.parametrize("name", NAMES)
def test_the_plan_is_of_this_instance_and_as_expected(name: str) -> None:
    instance, plan = committed(name)
    expected = json.loads((INSTANCES / name / "expected.json").read_text(encoding="utf-8"))

    assert plan.instance_hash == instance.content_hash
    assert plan.proof.objective == pytest.approx(expected["objective"], rel=1e-6)
    assert plan.proof.bound == pytest.approx(expected["bound"], rel=1e-6)
    assert plan.options.gap == expected["gap"]
    assert plan.proof.objective - plan.proof.bound <= PROVEN * abs(plan.proof.objective)
    assert expected["tolerance"] <= PROVEN * abs(plan.proof.objective)
    assert plan.chosen


@pytest.mark.parametrize("name", NAMES)
def test_the_checker_finds_no_fault(name: str) -> None:
    instance, plan = committed(name)

    certificate = check(instance, plan)

    assert certificate.violations == ()
    assert certificate.worst_violation <= PRECISE
    assert plan.certificate is not None
    assert {*plan.certificate.rules_checked} <= {*certificate.rules_checked}


@pytest.mark.parametrize("name", NAMES)
def test_no_mass_is_made_or_lost(name: str) -> None:
    """In every scenario, year and zone, of every material: what comes in goes out (rule 11)."""
    instance, plan = committed(name)
    coming, going = moves(instance, plan)

    balance = pd.DataFrame(
        {"in": coming.groupby(PLACE)["kt"].sum(), "out": going.groupby(PLACE)["kt"].sum()}
    ).fillna(0.0)

    assert balance["in"].sum() > 0
    largest = balance.max(axis=1).clip(lower=1.0)
    assert ((balance["in"] - balance["out"]).abs() / largest).max() <= PRECISE


@pytest.mark.parametrize("name", NAMES)
def test_every_start_is_paid_for(name: str) -> None:
    """What members and private owners commit to a start is its building cost (rule 3)."""
    instance, plan = committed(name)
    tables = plan.tables
    paying = {row.id for row in instance.instruments if row.kind != "guarantee"}
    paid = tables.commitments[tables.commitments["instrument"].isin(paying)]

    money = pd.concat([paid, tables.private]).groupby(["project", "year"])["amount_musd"].sum()

    capex = {row.id: row.capex_musd for row in instance.projects}
    started = set(zip(tables.choice["project"], tables.choice["year"], strict=True))
    assert set(money[money > PRECISE].index) <= started
    for project, year in started:
        assert money.get((project, year), 0.0) == pytest.approx(capex[project], rel=PRECISE)


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_shows_the_plan(name: str) -> None:
    assert "](plan.png)" in (INSTANCES / name / "README.md").read_text(encoding="utf-8")
    assert (INSTANCES / name / "plan.png").read_bytes().startswith(b"\x89PNG")


def moves(instance: Instance, plan: Plan) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What comes into and what leaves each zone of each block, by material, in kt."""
    tables = plan.tables
    zone = {row.id: row.zone for row in instance.countries}
    site = {row.id: (zone[row.country], row.main_material) for row in instance.projects}
    supplier = {row.id: (zone[row.country], row.material) for row in instance.suppliers}
    segment = {row.id: (row.zone, row.material) for row in instance.segments}
    made, used = (processed(instance, plan, site, side) for side in ("output", "input"))
    there = tables.flows.rename(columns={"destination": "zone"})
    here = tables.flows.rename(columns={"origin": "zone"})
    coming = [made, placed(tables.purchases, "supplier", supplier), tables.collected, there]
    coming.append(placed(tables.released, "project", site))
    going = [used, placed(tables.served, "segment", segment), here, tables.sold, tables.disposed]
    going.append(placed(tables.filled, "project", site))
    return tuple(pd.concat([part[[*PLACE, "kt"]] for part in side]) for side in (coming, going))


def placed(
    frame: pd.DataFrame, column: str, places: dict[str, tuple[str, str | None]]
) -> pd.DataFrame:
    """A table with the zone and the material of whoever a row names."""
    found = [places[name] for name in frame[column]]
    return frame.assign(zone=[z for z, _ in found], material=[m for _, m in found])


def processed(
    instance: Instance, plan: Plan, site: dict[str, tuple[str, str | None]], side: str
) -> pd.DataFrame:
    """What recipes make or use."""
    rows = [row.model_dump() for row in instance.ingredients if row.direction == side]
    columns = ["project", "recipe", "material", "t_per_t"]
    parts = pd.DataFrame(rows, columns=columns)
    found = plan.tables.activity.merge(parts, on=["project", "recipe"])
    zones = [site[name][0] for name in found["project"]]
    return found.assign(zone=zones, kt=found["kt"] * found["t_per_t"])

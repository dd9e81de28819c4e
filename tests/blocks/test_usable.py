"""Capacity that no plan of least cost uses: rule 9 counts the part that can be of use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from benchmarks.idiomatic import build_whole
from optimizer.blocks.network import Network
from optimizer.blocks.parameters import Parameters
from optimizer.blocks.shares import Shares
from optimizer.blocks.usable import useful_shares
from optimizer.blocks.worlds import Worlds
from optimizer.highs.limits import Limits
from optimizer.instance.formats.reader import load
from optimizer.program.stamp import stamp
from tests.support.factories import instance, policy, project
from tests.support.inprocess import solve_program_here
from tests.support.normal_form import fingerprint, program_of
from tests.support.strategies import random_instance

if TYPE_CHECKING:
    from optimizer.instance import Instance

INSTANCES = Path(__file__).resolve().parents[2] / "instances"


def useful(world: Instance) -> dict[str, float]:
    return useful_shares(Network(Parameters(world)))


def chain(**tables: Any) -> Instance:
    """Home wants 1 kt of oxide a year, two of ore make one; the plants could do 10,000 kt."""
    return instance(
        project("mine", makes="ore", capacity_t_per_year=1e7),
        project("works", uses={"ore": 2.0}, kind="refinery", capacity_t_per_year=1e7),
        **tables,
    )


def test_use_is_passed_up_the_chain() -> None:
    assert useful(chain()) == {"mine": pytest.approx(2e-4), "works": pytest.approx(1e-4)}


def test_sales_and_ramps_leave_more_room() -> None:
    """Another 3 kt are sold; at a ramp of 0.25 the first year needs four times the capacity."""
    sale = {"zone": "home", "material": "oxide", "price_share": 1.0, "limit_t_per_year": 3000}
    assert useful(chain(sales=[sale]))["works"] == pytest.approx(4e-4)

    slow = instance(project("works", capacity_t_per_year=1e7, ramp=(0.25, 1.0)))
    assert useful(slow)["works"] == pytest.approx(4e-4)


def test_ordinary_capacities_count_whole() -> None:
    assert useful(instance(project("works", capacity_t_per_year=9_999))) == {"works": 1.0}
    for name in ("tiny", "rare-earths", "eu-crma"):
        assert set(useful(load(INSTANCES / name)).values()) == {1.0}


@pytest.mark.parametrize(
    "tables",
    [
        {"settings": {"objective": {"weights": {"expected_cost": 1.0, "carbon": -1.0}}}},
        {
            "policies": [
                policy("home", "local_processing", 0.5, sense="least", element="Nd", country="AUS")
            ]
        },
    ],
)
def test_where_waste_might_pay_all_capacity_counts(tables: dict[str, Any]) -> None:
    assert set(useful(chain(**tables)).values()) == {1.0}


@pytest.mark.parametrize("seed", range(60))
def test_no_optimum_changes(seed: int) -> None:
    """Random instances with capacities ten thousand times as large, counted whole and in part."""
    world = random_instance(seed)
    plants = tuple(
        p.replaced(capacity_t_per_year=min(1e9, 1e4 * p.capacity_t_per_year))
        if p.status == "candidate" and p.kind != "stockpile"
        else p
        for p in world.projects
    )
    world = world.model_copy(update={"projects": plants})
    careful = Limits(careful=True)
    part = solve_program_here(stamp(Worlds.of(world)).program, careful).objective
    with patch.object(Shares, "useful", dict.fromkeys(Network(Parameters(world)).modes, 1.0)):
        whole = solve_program_here(stamp(Worlds.of(world)).program, careful).objective

    assert (part is None) == (whole is None)
    if part is not None:
        assert part == pytest.approx(whole, rel=1e-5, abs=1e-5)


def test_the_stamped_program_is_the_model() -> None:
    worlds = Worlds.of(chain())

    assert fingerprint(stamp(worlds).program) == fingerprint(program_of(build_whole(worlds)))


def test_the_relaxation_starts_no_crumb() -> None:
    """100 M$ for a works of 10,000 kt: the relaxation would start a ten-thousandth of it."""
    world = instance(project("works", life_years=2, latest_start=2030, capacity_t_per_year=1e7))
    relaxed = stamp(Worlds.of(world)).program.relaxed()

    assert solve_program_here(relaxed, Limits()).objective == pytest.approx(100.0)

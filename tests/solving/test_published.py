"""Published problems with known optima, solved through the instance files like any other case."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from optimizer.instance.formats import examine
from optimizer.plan import Options
from optimizer.solving.solve import solve
from tests.published.convert import Knapsack, Location, instance_of, main, read

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "benchmarks"
"""Beside the repository and no part of it."""
KNAPSACKS = (3800, 8706.1, 4015, 6120, 12400, 10618, 16537)
LOCATIONS = {"cap61": 932615.75, "cap62": 977799.4, "cap63": 1014062.05, "cap64": 1045650.25}
TO_THE_END = Options(gap=0.0, worth_gap=0.0)


def published(name: str) -> Path:
    file = FOLDER / name
    if not file.exists():
        pytest.skip(f"the published file {name} is not here")
    return file


def proven(folder: Path) -> float:
    """The optimum of a converted problem; it loads without an error and is proven to the end."""
    instance, faults = examine(folder)
    assert instance is not None, faults
    proof = solve(instance, TO_THE_END).proof
    assert proof.status == "optimal"
    assert proof.bound == pytest.approx(proof.objective, rel=1e-9)
    assert proof.objective is not None
    return proof.objective


@pytest.mark.parametrize("number", range(1, len(KNAPSACKS) + 1))
def test_knapsacks_reach_the_published_optimum(number: int, tmp_path: Path) -> None:
    main([str(published("mknap1.txt")), str(tmp_path)])
    folder = tmp_path / f"mknap1-{number}"
    expected = json.loads((folder / "expected.json").read_text())["objective"]

    assert expected == KNAPSACKS[number - 1]
    assert proven(folder) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("name", LOCATIONS)
def test_locations_reach_the_published_optimum(name: str, tmp_path: Path) -> None:
    main([str(published(f"{name}.txt")), str(tmp_path), "--optimum", str(LOCATIONS[name])])
    folder = tmp_path / f"{name}-1"
    expected = json.loads((folder / "expected.json").read_text())["objective"]

    assert expected == LOCATIONS[name]
    assert proven(folder) == pytest.approx(expected, abs=0.01)


def test_a_knapsack_by_hand() -> None:
    """10 + 7 need 5 + 4 of 9; 12 alone needs 8. An optimum of 0 in the file means unknown."""
    text = "1\n3 1 0\n10 7 12\n5 4 8\n9"
    (problem,) = read(text)

    assert problem == Knapsack([10, 7, 12], [[5, 4, 8]], [9], None)
    assert solve(instance_of(problem, "by-hand"), TO_THE_END).proof.objective == pytest.approx(17)


def test_a_location_by_hand() -> None:
    """Site 1 costs 10 and serves both customers for 5 + 9; site 2 costs 4 and serves them for
    8 + 3, but has room for customer 2 alone. Both: 14 + 5 + 3 = 22, site 1 alone: 24."""
    text = "2 2\n6 10.\n2 4.\n3\n5 8\n2\n9 3"
    (problem,) = read(text)

    assert problem == Location([6, 2], [10, 4], [3, 2], [[5, 8], [9, 3]])
    plan = solve(instance_of(problem, "by-hand"), TO_THE_END)
    assert plan.proof.objective == pytest.approx(22)
    assert plan.criteria["expected_shortage"] == 0


def test_everyone_is_served_at_any_price() -> None:
    """A second site at 1,000 for the last 0.001 of demand: the capacity must be there."""
    problem = Location([1, 1], [1, 1000], [1.001], [[1.001, 2.002]])
    plan = solve(instance_of(problem, "by-hand"), TO_THE_END)

    assert plan.proof.objective == pytest.approx(1001 + 1 + 0.002)


def test_the_word_capacity_takes_the_option() -> None:
    """capa, capb and capc leave the capacity open; their sites cost more than 1e6 units."""
    text = "1 1\ncapacity 2000000.\n5\n7000"

    (problem,) = read(text, capacity=8, optimum=2007000)

    assert problem == Location([8], [2000], [5], [[7]], 2007)
    with pytest.raises(ValueError, match="give --capacity"):
        read(text)


def test_named_knapsacks_as_published() -> None:
    """mknap2: prose with an example, then named problems; budgets come before needs, remarks after
    two slashes; the optimum, a name again and an `ok` come last."""
    text = """
    These problems are from the literature. The problem
    format is shown by an example, which is no problem:
     2 3 // 2 knapsacks, 3 objects

    problem WEING0.DAT
    ++++++++++++++++++
    2  3   // 2 knapsacks, 3 objects
    10 7
    12     // 3 values
    9 100  // 2 budgets
    5 4 8  // first
    1 1 1

    17     // optimum
    WEINGARTNER 0
    ok
    PROBLEM second.dat
    +++
    1 2
    3 4
    5
    5 5
    0
    """
    first, second = read(text)

    assert first == Knapsack([10, 7, 12], [[5, 4, 8], [1, 1, 1]], [9, 100], 17)
    assert second == Knapsack([3, 4], [[5, 5]], [5], None)
    assert solve(instance_of(first, "by-hand"), TO_THE_END).proof.objective == pytest.approx(17)


def test_a_named_knapsack_that_does_not_end() -> None:
    with pytest.raises(ValueError, match="goes on after its optimum: 7"):
        read("problem a.dat\n1 1\n1\n1\n1\n1\n7")
    with pytest.raises(ValueError, match="ends too early"):
        read("problem a.dat\n1 2\n1 1\n1\n1\n")


SAME = Location([6, 20], [10, 4], [3, 2, 4, 1], [[5, 8], [9, 3], [1, 7], [2, 6]])
"""Four customers; each layout below states it."""


@pytest.mark.parametrize(
    "text",
    [
        "2 4\n6 10\n20 4\n3\n5 8\n2\n9 3\n4\n1 7\n1\n2 6",
        "2 4\n6 10\n20 4\n3 5 8\n2 9 3\n4 1 7\n1 2 6",
        "2 4\n6 10\n20 4\n3 2 4 1\n5 9 1 2\n8 3 7 6",
        "2 4\n6 10\n20 4\n3 2\n4 1\n5 9 1\n2\n8 3 7\n6",
        "2 4\n6 10\n20 4\n3 2 4 1\n5 8\n9 3\n1 7\n2 6",
    ],
)
def test_location_files_are_told_apart(text: str) -> None:
    """Every order has as many numbers: each customer's costs after its demand, or all demands
    first and then the costs by site or by customer."""
    assert read(text) == [SAME]


def test_where_lines_fit_two_orders_it_is_asked_for() -> None:
    """Three customers and two sites: rows of three are a customer's, or a site's."""
    text = "2 3\n6 10\n20 4\n3 5 8\n2 9 3\n4 1 7"

    with pytest.raises(ValueError, match="give --layout"):
        read(text)
    assert read(text, layout="sites") == [
        Location([6, 20], [10, 4], [3, 5, 8], [[2, 4], [9, 1], [3, 7]])
    ]


def test_what_the_lines_leave_open_the_demands_may_tell() -> None:
    """All on one line: with costs for demands, the sites would have to hold 3 + 900 + 800 of 26."""
    words = "2 3 6 10 20 4 3 900 800 2 700 600 4 500 400"

    (problem,) = read(words, layout="customers")
    assert problem.demands == [3, 2, 4]
    with pytest.raises(ValueError, match="give --layout, one of customers, sites, demands"):
        read("2 3 6 10 20 4 3 2 4 5 9 1 8 3 7")
    assert read(words) == [problem]


@pytest.mark.parametrize(
    "text", ["", "1\n2 1 0\n1 2\n3", "1 1\n6 10\n3\n5 8", "2\n1 1 0 1 1 1", "a b"]
)
def test_other_files_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="of neither family"):
        read(text)


def test_many_sites_need_more_than_one_purse() -> None:
    """Two sites at 1e6 are more than a cell of money takes: two members share the cost."""
    problem = Location([1, 1], [1e6, 1e6], [2.0], [[1.0, 1.0]])

    instance = instance_of(problem, "dear")

    assert [member.opening_cash_musd for member in instance.members] == [1e6, 1e6]
    assert solve(instance, TO_THE_END).proof.objective == pytest.approx(2e6 + 1)

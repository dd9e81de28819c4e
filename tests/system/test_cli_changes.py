"""What-ifs on the command line: factors, patterns, budgets, shocks; and what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from optimizer import load
from optimizer.cli.changes import Changes, changed_instance
from optimizer.cli.outcomes import Ending
from optimizer.errors import InvalidInstance
from tests.support.commands import TINY, run

if TYPE_CHECKING:
    from pathlib import Path


def test_a_factor_multiplies_every_row_that_fits() -> None:
    before = load(TINY)
    after = changed_instance(
        TINY, Changes(["prices.ox*.price_usd_per_t*=0.5", "projects.*.capex_musd *= 2"])
    )

    assert len(before.prices) > 1
    for old, new in zip(before.prices, after.prices, strict=True):
        factor = 0.5 if old.material.startswith("ox") else 1
        assert new.price_usd_per_t == factor * old.price_usd_per_t
    for one, other in zip(before.projects, after.projects, strict=True):
        assert other.capex_musd == 2 * (one.capex_musd or 0)


def test_a_pattern_sets_every_row_that_fits() -> None:
    after = load(TINY).changed({"prices.*.price_usd_per_t": 7})

    assert {row.price_usd_per_t for row in after.prices} == {7}


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("prices.nickel*.price_usd_per_t*", "prices has no row 'nickel*'"),
        ("projects.*.name*", "name is no number that could be multiplied"),
        ("settings.discount_rate*", "settings cannot be multiplied"),
        ("prices.*.price*", "prices has no field 'price'"),
    ],
)
def test_what_cannot_be_multiplied_is_told(path: str, message: str) -> None:
    with pytest.raises(InvalidInstance) as found:
        load(TINY).changed({path: 2})
    assert message in str(found.value)


def test_an_empty_cell_stays_empty_whatever_the_factor() -> None:
    path = "projects.*.goes_ahead_alone*"

    assert load(TINY).changed({path: 2}).content_hash == load(TINY).content_hash


def test_a_cell_that_two_paths_name_is_a_fault() -> None:
    with pytest.raises(InvalidInstance, match="is changed more than once"):
        load(TINY).changed({"projects.*.capex_musd*": 2, "projects.pit.capex_musd": 3})
    with pytest.raises(InvalidInstance, match="'much' is not a factor"):
        load(TINY).changed({"projects.pit.capex_musd*": "much"})


def test_a_budget_is_the_python_budget_factor() -> None:
    assert (
        changed_instance(TINY, Changes(budget=0.7)).content_hash
        == load(TINY).changed(budget_factor=0.7).content_hash
    )


def test_a_shock_is_a_scenario_beside_the_others() -> None:
    before = load(TINY)
    after = changed_instance(TINY, Changes(shocks=["CHN:oxide:2026-2027:0.2", "CHN:*:2027:0:0.5"]))
    chances = [row.probability for row in after.scenarios]

    assert [row.id for row in after.scenarios[-2:]] == ["shock-1", "shock-2"]
    assert chances == pytest.approx(
        [0.45 * row.probability for row in before.scenarios] + [0.05, 0.5]
    )
    first, second = (
        [row for row in after.shocks if row.scenario == name] for name in ("shock-1", "shock-2")
    )
    assert [(row.kind, row.country, row.material, row.factor) for row in first] == [
        ("supply", "CHN", "oxide", 0.2)
    ]
    assert (first[0].first_year, first[0].last_year) == (2026, 2027)
    assert {row.factor for row in second} == {0.0}


def test_shocks_that_come_together_are_one_scenario() -> None:
    after = changed_instance(TINY, Changes(shocks=["CHN:oxide:2026:0.2:0.3 + CHN:oxide:2027:0.4"]))

    assert [row.probability for row in after.scenarios][-1] == 0.3
    assert [row.factor for row in after.shocks if row.scenario == "shock-1"] == [0.2, 0.4]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CHN:oxide:0.2", "write COUNTRY:MATERIAL:YEARS:FACTOR[:PROBABILITY]"),
        ("CHN:unobtainium:2027:0", "no material 'unobtainium'"),
        ("ARG:oxide:2027:0", "ARG delivers no oxide in this instance"),
        ("CHN:oxide:soon:0", "'soon' is no year and no span of years"),
        ("CHN:oxide:2027:half", "'half' is not a number"),
        ("CHN:oxide:2027:0:2", "a probability of 2 is not within 0 to 1"),
        ("CHN:oxide:2027:0:0.1+CHN:oxide:2026:0:0.2", "one probability"),
    ],
)
def test_a_shock_that_says_nothing_is_refused(text: str, message: str) -> None:
    answer = run("solve", TINY, "--shock", text)

    assert answer.exit_code == Ending.INVALID
    assert message in answer.stderr
    assert answer.stdout == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("many", "write DRAWS[:SEED[:COMMON]], for example 20, 20:7 or 20:7:0.3"),
        ("20:1:0.5:1", "write DRAWS[:SEED[:COMMON]]"),
        ("0", "there must be at least 1"),
        ("5:1:2", "a common cause of 2 is not within 0 to 1"),
    ],
)
def test_failures_that_cannot_be_drawn_are_refused(text: str, message: str) -> None:
    answer = run("solve", TINY, "--failures", text)

    assert answer.exit_code == Ending.INVALID
    assert message in answer.stderr
    assert answer.stdout == ""


def test_failures_are_drawn_and_checked_with_the_same_words(tmp_path: Path) -> None:
    """The works fail with 0.2: in one of five draws, in the nominal world and in the embargo."""
    solved = run("solve", TINY, "--failures", "5:3", "--out", tmp_path / "plan")

    assert solved.exit_code == Ending.DONE
    assert "failures: 4 scenarios with a probability, from 5 draws of each" in solved.stderr
    assert "works fails" in solved.stdout
    assert "with failures as drawn; if every project succeeded" in " ".join(solved.stdout.split())
    asked = ("--failures", "5:3:0")
    assert run("check", TINY, tmp_path / "plan", *asked).exit_code == Ending.DONE
    assert run("check", TINY, tmp_path / "plan").exit_code == Ending.INVALID


def test_failure_is_ignored_by_a_what_if() -> None:
    answer = run("solve", TINY, "--set", "settings.failure=ignored")

    assert answer.exit_code == Ending.DONE
    assert "FAILURE IS IGNORED (settings.failure)" in answer.stdout


def test_a_plan_of_a_what_if_is_checked_with_the_same_words(tmp_path: Path) -> None:
    asked = ("--budget", "0.9", "--shock", "CHN:oxide:2026-2027:0.2")
    solved = run("solve", TINY, *asked, "--out", tmp_path / "plan")

    assert solved.exit_code == Ending.DONE
    assert "shock-1: CHN delivers 20 % of oxide in 2026–2027; probability 10 %" in solved.stderr
    assert "CHN delivers 20 % of oxide in" in solved.stdout
    assert run("check", TINY, tmp_path / "plan", *asked).exit_code == Ending.DONE
    assert run("check", TINY, tmp_path / "plan").exit_code == Ending.INVALID


def test_a_what_if_that_contradicts_itself_says_which_rules() -> None:
    """Pit and hill exclude each other; a valid file could not have locked both in."""
    answer = run("solve", TINY, "--fix-in", "pit", "--fix-in", "hill")

    assert answer.exit_code == Ending.INFEASIBLE
    assert "No plan satisfies all the rules" in answer.stdout
    assert "relations 'one-mine'" in " ".join(answer.stdout.split())
    assert "Assumed figures price" not in answer.stdout


@pytest.mark.parametrize("command", ["solve", "check"])
def test_faults_of_an_invalid_instance_are_json_where_json_was_asked_for(
    command: str, tmp_path: Path
) -> None:
    document = json.loads(load(TINY).model_dump_json())
    document["projects"][0]["country"] = "Chile"
    (tmp_path / "bad.json").write_text(json.dumps(document))
    plan = tmp_path / "plan"
    more = [plan] if command == "check" else []
    if more:
        assert run("solve", TINY, "--out", plan).exit_code == Ending.DONE
    answer = run(command, tmp_path / "bad.json", *more, "--json")
    said = json.loads(answer.stdout)

    assert answer.exit_code == Ending.INVALID
    assert said == json.loads(run("validate", tmp_path / "bad.json", "--json").stdout)
    assert "did you mean CHL?" in said["faults"][0]["message"]


@pytest.mark.parametrize("name", ["x.xlsx", "x.csv", "X.JSON", "x.zip", "x.parquet"])
def test_a_folder_is_not_written_under_the_name_of_a_file(name: str, tmp_path: Path) -> None:
    plan = tmp_path / "plan"
    assert run("solve", TINY, "--out", plan).exit_code == Ending.DONE

    exported = run("export", plan, "--csv", tmp_path / name)
    solved = run("solve", TINY, "--out", tmp_path / name)

    assert exported.exit_code == solved.exit_code == Ending.INVALID
    assert "a folder is written there" in exported.stderr
    assert "a folder is written there" in solved.stderr
    assert not (tmp_path / name).exists()


def test_lists_may_have_commas(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    with_commas = ["--materials", "germanium, gallium", "--members", "USA,DEU"]
    repeated = ["--materials", "germanium", "--materials", "gallium"]
    repeated += ["--members", "USA", "--members", "DEU"]

    assert run("new", "mine", *with_commas, "--out", one).exit_code == Ending.DONE
    assert run("new", "mine", *repeated, "--out", other).exit_code == Ending.DONE
    assert load(one).content_hash == load(other).content_hash


def test_a_name_that_is_none_is_told_in_plain_words() -> None:
    answer = run("new", "my portfolio", "--materials", "lithium", "--members", "JPN")

    assert answer.exit_code == Ending.INVALID
    assert "'my portfolio' is not an identifier" in answer.stderr
    assert "pattern" not in answer.stderr

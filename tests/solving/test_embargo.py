"""The instance embargo-2010: follows from its inputs, costs what it should, says what it is."""

from __future__ import annotations

import csv
import json
import re
import shlex
from pathlib import Path

import pytest

from optimizer import HistoricEvent, load, replay, solve

INSTANCES = Path(__file__).resolve().parents[2] / "instances"
FOLDER = INSTANCES / "embargo-2010"
README = (FOLDER / "README.md").read_text(encoding="utf-8")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def questions() -> dict[str, tuple[dict[str, object], list[str], float]]:
    """The README's what-ifs: values set, projects kept out, cost in M$."""
    found = {}
    for name, options, cost in re.findall(
        r"^\| ([^|]+) \| `(--[^|]+)` \| ([\d,.]+) \|", README, re.MULTILINE
    ):
        words = shlex.split(options)
        pairs = list(zip(words[::2], words[1::2], strict=True))
        values = dict(word.split("=") for option, word in pairs if option == "--set")
        kept_out = [word for option, word in pairs if option == "--fix-out"]
        numbers: dict[str, object] = {path: json.loads(value) for path, value in values.items()}
        found[name] = (numbers, kept_out, float(cost.replace(",", "")))
    return found


def test_the_plan_costs_what_is_expected() -> None:
    expected = json.loads((FOLDER / "expected.json").read_text())

    plan = solve(load(FOLDER))

    assert plan.proof.objective == pytest.approx(expected["objective"], abs=expected["tolerance"])
    assert plan.proof.bound is not None
    assert plan.proof.bound <= expected["objective"]
    assert expected["bound"] <= plan.proof.objective
    assert plan.proof.worth is not None
    assert plan.proof.worth > 0.1 * plan.proof.objective
    chosen = {project for project, _ in plan.chosen}
    assert {"stock-ndpr", "stock-dytb", "dy-saving", "la-rochelle"} <= chosen


@pytest.mark.parametrize("name", ["rule 5, a quarter outside at most", "rule 13, no programme"])
def test_a_rule_changes_the_plan_as_the_readme_says(name: str) -> None:
    """The cost of the row, and another plant than the plan's Mt Weld with one stage in Malaysia."""
    values, kept_out, cost = questions()[name]

    plan = solve(load(FOLDER).changed(values, fix_out=kept_out))

    assert plan.proof.objective == pytest.approx(cost, abs=3.3)
    chosen = {project for project, _ in plan.chosen}
    assert ("kuantan-1" not in chosen) or ("kuantan-2" in chosen)


def test_every_what_if_of_the_readme_names_what_the_instance_has() -> None:
    instance = load(FOLDER)
    assert len(questions()) == 9
    for values, kept_out, _ in questions().values():
        instance.changed(values, fix_out=kept_out)


def test_the_replays_are_those_of_the_package() -> None:
    """A quota cut by 40 % for 60 months from July, an embargo on Japan for two from September."""
    instance = load(FOLDER)
    quota = HistoricEvent(
        kind="export_quota", country="CHN", effect_share=0.4, start_months=6, months=60
    )
    embargo = HistoricEvent(
        kind="embargo", country="CHN", destination="jpn", effect_share=1, start_months=8, months=2
    )
    for scenario, start in (("history", 2010), ("early", 2008), ("late", 2012)):
        again = replay(instance, [quota, embargo], start, 0.1)
        for kind in ("supply", "access"):
            factors = [
                {
                    (year, shock.country, shock.destination): round(shock.factor, 5)
                    for shock in again.shocks
                    if shock.scenario == name and shock.kind == kind
                    for year in range(shock.first_year, shock.last_year + 1)
                }
                for name in ("replay", scenario)
            ]
            assert factors[0]
            assert factors[0] == factors[1]


def test_the_counts_in_the_readme_hold() -> None:
    counts = {what: int(n) for what, n in re.findall(r"^\| (.+) \| (\d+) \|$", README, re.M)}
    projects = rows(FOLDER / "projects.csv")
    reasons = [row["reason"] for row in rows(FOLDER / "inputs" / "assumptions.csv")]

    assert counts == {
        "projects": len(projects),
        "candidates": sum(row["status"] == "candidate" for row in projects),
        "scenarios": len(rows(FOLDER / "scenarios.csv")),
        "shocks": len(rows(FOLDER / "shocks.csv")),
        "policies": len(rows(FOLDER / "policies.csv")),
        "assumptions, each with its reason": len(reasons),
        "assumed values that are recalled": sum("ecalled" in reason for reason in reasons),
        "assumed values set after a look at plans": sum("; tuned (" in r for r in reasons),
    }

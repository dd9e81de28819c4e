"""The bundled instances: they load, follow from their inputs, and say what they assume."""

import csv
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from optimizer.instance.formats import examine
from optimizer.instance.formats.reader import load
from optimizer.plan import Options, Proof
from optimizer.plan.files import load_plan
from optimizer.solving.solve import solve

INSTANCES = Path(__file__).resolve().parents[2] / "instances"
CATALOGUE = INSTANCES / "catalogue"
BUILT = ("rare-earths", "rare-earths-tight")
DRAFTED = {
    "gallium-germanium-antimony": "-stock-new",
    "eu-crma": "-recycling",
    "urban-mine": "lithium-first",
    "us-australia": "vulcan-1",
    "battery-minerals": "rincon-shared",
}
"""Instances that a script of their own makes from a draft, and what a plan of theirs builds."""

SCRIPTS = {name: (name,) for name in (*DRAFTED, "rare-earths", "embargo-2010")} | {
    "rare-earths-tight": ("rare-earths", "--tight")
}
"""The folder whose script writes an instance, and its options."""

BY_HAND = {"README.md", "expected.json", "plan.png", "build.py"}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def assumptions(name: str) -> dict[str, str]:
    """Assumed values by name, the variant's own in front."""
    base = rows(INSTANCES / "rare-earths" / "inputs" / "assumptions.csv")
    own = rows(INSTANCES / name / "inputs" / "assumptions.csv")
    return {row["name"]: row["value"] for row in base + own}


def promised(name: str) -> dict[str, int]:
    """The counts that an instance's README promises."""
    text = (INSTANCES / name / "README.md").read_text(encoding="utf-8")
    return {what: int(count) for what, count in re.findall(r"^\| (.+) \| (\d+) \|$", text, re.M)}


@pytest.mark.parametrize("name", ["tiny", *SCRIPTS])
def test_the_instance_loads_without_a_warning(name: str) -> None:
    assert load(INSTANCES / name).settings.id == name
    assert examine(INSTANCES / name)[1] == ()


def test_the_optimum_of_tiny_is_the_one_argued_by_hand() -> None:
    expected = json.loads((INSTANCES / "tiny" / "expected.json").read_text())

    plan = solve(load(INSTANCES / "tiny"))

    assert plan.proof.objective == pytest.approx(expected["objective"], abs=expected["tolerance"])
    assert plan.proof.bound == pytest.approx(expected["bound"], abs=expected["tolerance"])
    chosen = plan.tables.choice[["project", "year"]].to_numpy().tolist()
    assert sorted(chosen) == expected["chosen"]
    assert plan.proof.worth == pytest.approx(19.712, abs=1e-6)
    assert plan.proof.worth_if_all_succeed == pytest.approx(20.98, abs=1e-6)


@pytest.fixture
def soon(request: pytest.FixtureRequest, name: str) -> Proof:
    """What a solve to half a per cent proves; that of rare-earths is the demo's."""
    if name == "rare-earths":
        return load_plan(request.getfixturevalue("demonstrated") / "plan").proof
    return solve(load(INSTANCES / name), Options(gap=0.005, worth_gap=0.1)).proof


@pytest.mark.parametrize("name", BUILT)
def test_the_plan_costs_about_what_is_expected(name: str, soon: Proof) -> None:
    holds_what_is_expected(name, soon, 0.005 * abs(soon.objective or 0.0))


@pytest.mark.long
@pytest.mark.parametrize("name", BUILT)
def test_the_plan_costs_what_is_expected(name: str) -> None:
    expected = json.loads((INSTANCES / name / "expected.json").read_text())
    holds_what_is_expected(name, solve(load(INSTANCES / name)).proof, expected["tolerance"])


def holds_what_is_expected(name: str, proof: Proof, tolerance: float) -> None:
    """The cost is the expected one, and either bound allows the other plan."""
    expected = json.loads((INSTANCES / name / "expected.json").read_text())
    assert proof.objective == pytest.approx(expected["objective"], abs=tolerance)
    assert proof.bound is not None
    assert proof.bound <= expected["objective"]
    assert expected["bound"] <= proof.objective
    assert proof.worth is not None
    assert proof.worth > 0.05 * proof.objective


def build(name: str, *options: object) -> None:
    """Run the script of an instance."""
    command = [sys.executable, str(INSTANCES / name / "build.py"), *(str(text) for text in options)]
    path = os.environ | {"PYTHONPATH": str(INSTANCES.parent)}
    subprocess.run(command, check=True, timeout=1800, env=path)


@pytest.mark.parametrize("name", SCRIPTS)
def test_building_again_gives_identical_files(name: str, tmp_path: Path) -> None:
    build(*SCRIPTS[name], "--into", tmp_path)

    built = {file.name for file in tmp_path.iterdir()}
    committed = {file.name for file in (INSTANCES / name).iterdir() if file.is_file()}
    assert built == committed - BY_HAND
    for file in sorted(built):
        assert (tmp_path / file).read_bytes() == (INSTANCES / name / file).read_bytes(), file


def test_every_builder_has_a_name_of_its_own_and_reaches_into_no_other() -> None:
    names = [file.parent.name for file in INSTANCES.glob("*/*/__init__.py")]
    scripts = [file.read_text(encoding="utf-8") for file in INSTANCES.rglob("*.py")]

    assert len(names) == len(set(names))
    assert not any("sys.path" in text for text in scripts)
    settings = tomllib.loads((INSTANCES.parent / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(names) <= set(settings["tool"]["mypy"]["packages"]), "types are checked"


@pytest.mark.parametrize("name", DRAFTED)
def test_the_plan_of_a_drafted_instance_costs_about_what_is_expected(name: str) -> None:
    expected = json.loads((INSTANCES / name / "expected.json").read_text())
    is_as_expected(name, Options(gap=0.02, worth_gap=0.5), 0.02 * abs(expected["objective"]))


@pytest.mark.long
@pytest.mark.parametrize("name", DRAFTED)
def test_the_plan_of_a_drafted_instance_costs_what_is_expected(name: str) -> None:
    expected = json.loads((INSTANCES / name / "expected.json").read_text())
    is_as_expected(name, Options(gap=0.005, worth_gap=0.1), expected["tolerance"])


def is_as_expected(name: str, options: Options, tolerance: float) -> None:
    """Proven as asked, checked, of the expected cost, and with what it is expected to build."""
    expected = json.loads((INSTANCES / name / "expected.json").read_text())
    plan = solve(load(INSTANCES / name), options)
    proof = plan.proof
    assert proof.status == "optimal"
    assert proof.objective == pytest.approx(expected["objective"], abs=tolerance)
    assert proof.bound is not None
    assert proof.bound <= expected["objective"]
    assert plan.certificate is not None
    assert plan.certificate.ok
    assert any(DRAFTED[name] in project for project, _ in plan.chosen)


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_assumed_value_has_a_reason_and_is_in_sources_md(name: str) -> None:
    text = (INSTANCES / name / "SOURCES.md").read_text(encoding="utf-8")

    for row in rows(INSTANCES / name / "inputs" / "assumptions.csv"):
        assert row["reason"], row["name"]
        assert f"| `{row['name']}` | {row['value']} |" in text


def test_without_new_stockpiles_none_is_left(tmp_path: Path) -> None:
    build("gallium-germanium-antimony", "--without-stockpiles", "--into", tmp_path)

    found = load(tmp_path)
    kept = [row for row in found.projects if row.kind == "stockpile"]
    assert {row.status for row in kept} == {"operating"}
    assert not any(row.kind == "days_of_cover" for row in found.policies)


def test_without_benchmarks_loop_and_return_none_is_left(tmp_path: Path) -> None:
    build(
        "eu-crma", "--without-benchmarks", "--without-loop", "--without-return", "--into", tmp_path
    )

    found = load(tmp_path)
    assert {row.kind for row in found.policies} == {"esg_floor", "esg_shortfall"}
    assert found.end_of_life == ()
    assert found.benefits == ()
    assert "black-mass" not in {row.id for row in found.materials}


def test_the_urban_mine_without_loop_step_and_delays_collects_what_is_asked(
    tmp_path: Path,
) -> None:
    without = ("--without-loop", "--without-step", "--without-delays")
    build("urban-mine", *without, "--collection", -10, "--into", tmp_path)

    found, whole = load(tmp_path), load(INSTANCES / "urban-mine")
    assert found.end_of_life == found.steps == found.delays == ()
    assert whole.end_of_life != ()
    assert whole.steps != ()
    assert whole.delays != ()
    kept = {(row.zone, row.material, row.year): row.collection_rate for row in whole.arisings}
    for row in found.arisings:
        before = kept[row.zone, row.material, row.year]
        less = 0.0 if row.material == "cobalt-scrap" else 0.1
        assert row.collection_rate == pytest.approx(before - less)


def test_a_variant_is_written_whole_into_a_new_folder_and_over_another(tmp_path: Path) -> None:
    folder = tmp_path / "out" / "variant"

    build("us-australia", "--into", folder)
    assert load(folder) == load(INSTANCES / "us-australia")
    build("us-australia", "--without-steps", "--into", folder)

    assert load(folder).steps == ()
    assert not (folder / "steps.csv").exists()
    assert (folder / "SOURCES.md").is_file()


def test_without_priority_and_steps_none_is_left(tmp_path: Path) -> None:
    build("us-australia", "--without-priority", "--without-steps", "--into", tmp_path)

    found = load(tmp_path)
    assert {row.priority for row in found.segments} == {None}
    assert found.steps == ()
    dearest = {row.material: 0.0 for row in found.segments}
    for row in found.tranches:
        material = row.segment.split("-")[1]
        dearest[material] = max(dearest[material], row.cost_usd_per_t)
    prices = {row.material: row.price_usd_per_t for row in found.prices}
    assert all(cost == pytest.approx(15 * prices[name]) for name, cost in dearest.items())


def test_without_by_products_and_delays_none_is_left(tmp_path: Path) -> None:
    build("battery-minerals", "--without-by-products", "--without-delays", "--into", tmp_path)

    found = load(tmp_path)
    assert found.delays == ()
    assert found.sales == ()
    assert not any(row.disposal_cost_usd_per_t for row in found.materials)
    outputs = [row.project for row in found.ingredients if row.direction == "output"]
    modes = {(row.project, row.recipe) for row in found.recipes}
    assert len(outputs) == len(modes)


def test_the_counts_in_the_readme_hold() -> None:
    folder = INSTANCES / "rare-earths"
    entries = rows(folder / "inputs" / "entries.csv")
    projects = rows(folder / "projects.csv")
    real = [entry for entry in entries if entry["catalogue"]]

    counts = promised("rare-earths")

    assert counts == {
        "catalogue rows used (real plants and projects)": len({e["catalogue"] for e in real}),
        "of these candidates": len({e["catalogue"] for e in real if e["status"] == "candidate"}),
        "stand-ins (no real project)": len(entries) - len(real),
        "projects in the model, with phases": len(projects),
        "candidates in the model, with phases": sum(p["status"] == "candidate" for p in projects),
        "routes": len(rows(folder / "routes.csv")),
        "scenarios": len(rows(folder / "scenarios.csv")),
        "policies": len(rows(folder / "policies.csv")),
        "assumptions, each with its reason": len(assumptions("rare-earths")),
        "single cells noted in provenance": len(rows(folder / "provenance.csv")),
    }
    assert counts["catalogue rows used (real plants and projects)"] >= 50
    assert counts["projects in the model, with phases"] <= 90
    assert counts["routes"] <= 250


def test_the_readme_counts_the_tuned_values() -> None:
    text = (INSTANCES / "rare-earths" / "README.md").read_text(encoding="utf-8")
    inputs = rows(INSTANCES / "rare-earths" / "inputs" / "assumptions.csv")

    tuned = sum("; tuned (" in row["reason"] for row in inputs)

    assert f"{tuned} values carry the word *tuned*" in text


def test_the_tight_variant_differs_by_the_values_that_its_readme_counts() -> None:
    text = (INSTANCES / "rare-earths-tight" / "README.md").read_text(encoding="utf-8")
    own = rows(INSTANCES / "rare-earths-tight" / "inputs" / "assumptions.csv")
    base = assumptions("rare-earths")

    assert f"the {len(own)} values that differ" in " ".join(text.split())
    assert all(base[row["name"]] != row["value"] for row in own)
    money = [float(row["value"]) for row in own if row["name"].startswith("fund.")]
    assert sum(money) == 217


def test_phases_add_up_to_the_plant() -> None:
    projects = rows(INSTANCES / "rare-earths" / "projects.csv")
    known = {
        (row["project"], row["product"]): row["quantity"]
        for row in rows(CATALOGUE / "project_products.csv")
    }
    for entry in rows(INSTANCES / "rare-earths" / "inputs" / "entries.csv"):
        if not entry["phases"] or not entry["catalogue"]:
            continue
        phases = [p for p in projects if re.fullmatch(entry["id"] + r"-\d", p["id"])]
        product = "NdFeB_magnets" if entry["main"] == "magnet" else "NdPr_oxide"
        whole = float(entry["ndpr_t"] or known[entry["catalogue"], product])
        assert sum(float(p["capacity_t_per_year"]) for p in phases) == pytest.approx(whole, abs=0.5)
        assert len(phases) == len(entry["phases"].split(";"))
        assert all(p["quality"] != "reported" for p in phases)


def test_only_full_building_costs_count_as_capex() -> None:
    """Acquisition prices, funding packages and missing costs are imputed, and say so."""
    known = {row["id"]: row for row in rows(CATALOGUE / "projects.csv")}
    methods = {
        row["row"]: row["method"]
        for row in rows(INSTANCES / "rare-earths" / "provenance.csv")
        if row["field"] == "capex_musd"
    }
    for entry in rows(INSTANCES / "rare-earths" / "inputs" / "entries.csv"):
        basis = known.get(entry["catalogue"], {}).get("capex_basis", "")
        if entry["status"] == "candidate" and basis not in ("full", "remaining"):
            names = [name for name in methods if re.fullmatch(entry["id"] + r"(-\d)?", name)]
            assert names, entry["id"]
            assert all(methods[name].startswith("imputed") for name in names)


def test_every_source_is_in_the_catalogue_and_is_used() -> None:
    tables = [file for file in sorted(INSTANCES.rglob("*.csv")) if file.parent.name != "tiny"]
    known = {row["id"] for row in rows(CATALOGUE / "sources.csv")}
    used = {
        source
        for file in tables
        for row in rows(file)
        for source in (row.get("source") or "").split(";")
        if source
    }

    assert used - known == set()
    assert known - used == set()


def test_nothing_reported_rests_on_memory() -> None:
    for row in rows(CATALOGUE / "projects.csv"):
        if row["quality"] != "assumed":
            assert row["source"], row["id"]
            assert "recalled" not in row["source"]


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_row_of_ours_looks_like_a_fact(name: str) -> None:
    """A reported row has a source; an assumed row of a table with notes says why."""
    for file in sorted((INSTANCES / name).glob("*.csv")):
        for row in rows(file):
            if row.get("quality") == "reported":
                assert row.get("source"), (file.name, row)

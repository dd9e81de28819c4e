"""The commands: what they print where, and their exit codes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from optimizer.cli.outcomes import Ending, ending_of
from optimizer.instance.formats import save
from optimizer.plan.files import load_plan, save_plan
from tests.support.commands import RARE_EARTHS, TINY, run
from tests.support.factories import instance, project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def plan_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plan of the tiny instance, saved by the command under a name with a blank."""
    folder = tmp_path_factory.mktemp("plans") / "a plan"
    assert run("solve", TINY, "--out", folder).exit_code == Ending.DONE
    return folder


# validate


def test_validate_tells_what_an_instance_holds() -> None:
    answer = run("validate", TINY)

    assert answer.exit_code == Ending.DONE
    assert answer.stderr == ""
    assert "valid; 0 errors, 0 warnings" in answer.stdout
    assert "projects   4 candidate, 0 committed, 0 operating" in answer.stdout
    assert "years      2026 to 2027" in answer.stdout
    assert "scenarios  2" in answer.stdout
    assert "(100 %) are assumed" in answer.stdout


def test_validate_tells_every_fault_with_its_row(tmp_path: Path) -> None:
    """Two faults in one file: both are told, on standard error, and the exit code is 2."""
    folder = copy_of_tiny(tmp_path)
    text = (folder / "projects.csv").read_text()
    text = text.replace("AUS", "Chile", 1).replace("candidate", "maybe", 1)
    (folder / "projects.csv").write_text(text)

    answer = run("validate", folder)

    assert answer.exit_code == Ending.INVALID
    assert "projects.csv row 2, country: " in answer.stderr
    assert "projects.csv row 2, status: " in answer.stderr
    assert "not valid; 2 errors" in answer.stdout


def test_validate_as_json_is_one_object(tmp_path: Path) -> None:
    good = json.loads(run("validate", TINY, "--json").stdout)
    answer = run("validate", tmp_path / "nowhere", "--json")
    bad = json.loads(answer.stdout)

    assert good["valid"]
    assert good["projects"]["candidate"] == 4
    assert good["values"]["assumed"] <= good["values"]["total"]
    assert answer.exit_code == Ending.INVALID
    assert not bad["valid"]
    assert bad["faults"][0]["message"] == "there is no such file or folder"


def test_validate_marks_warnings_as_such(tmp_path: Path) -> None:
    """A file that is no table is a warning, and the instance stays valid."""
    folder = copy_of_tiny(tmp_path)
    (folder / "remarks.csv").write_text("text\nhello\n")

    answer = run("validate", folder)

    assert answer.exit_code == Ending.DONE
    assert answer.stderr.startswith("warning: remarks.csv")


# convert


def test_convert_there_and_back_changes_nothing(tmp_path: Path) -> None:
    workbook, folder = tmp_path / "tiny.xlsx", tmp_path / "tiny back"

    codes = [run("convert", TINY, workbook).exit_code, run("convert", workbook, folder).exit_code]

    assert codes == [Ending.DONE, Ending.DONE]
    assert hash_of(folder) == hash_of(TINY)


def test_convert_refuses_an_unknown_format(tmp_path: Path) -> None:
    answer = run("convert", TINY, tmp_path / "tiny.odt")

    assert answer.exit_code == Ending.FAILED
    assert "'.odt' is not a format of instances" in answer.stderr


# solve


def test_solve_prints_the_report_and_saves_the_plan(plan_folder: Path) -> None:
    plan = load_plan(plan_folder)

    assert sorted(plan.chosen) == [("loop", 2027), ("pit", 2027), ("works", 2026)]
    assert plan.certificate is not None
    assert plan.certificate.ok


def test_solve_as_json_says_everything_that_others_need() -> None:
    answer = run("solve", TINY, "--json")
    said = json.loads(answer.stdout)

    assert answer.exit_code == Ending.DONE
    assert said["instance"] == "tiny"
    assert said["status"] == "optimal"
    assert said["stopped_by"] == "gap"
    assert said["objective"] == pytest.approx(44.768)
    assert said["do_nothing"] == pytest.approx(64.4)
    assert said["worth"] == pytest.approx(19.712)
    assert {"project": "works", "year": 2026} in said["chosen"]
    assert said["certificate"]["ok"]
    assert said["certificate"]["violations"] == []
    assert said["options"]["gap"] == 0.001
    names = {"instance_hash", "bound", "gap", "gap_against_doing_nothing", "wall_s", "cpu_s"}
    assert names | {"criteria", "versions"} <= set(said)


def test_solve_with_changes_solves_another_instance() -> None:
    """Without loop the best that the README of tiny argues is 52.44 and premiums."""
    changed = json.loads(run("solve", TINY, "--fix-out", "loop", "--json").stdout)
    dearer = run("solve", TINY, "--set", "projects.loop.capex_musd=900", "--json")

    assert {row["project"] for row in changed["chosen"]} == {"pit", "works"}
    assert changed["objective"] > 52.44
    assert json.loads(dearer.stdout)["objective"] == pytest.approx(changed["objective"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "policies.china-cop.value=0.4"], "did you mean china-cap?"),
        (["--set", "policies.china-cap.value"], "write PATH=VALUE"),
        (["--set", "policies.china-cap.value=much"], "policies.china-cap.value: "),
        (["--set", "a=1", "--set", "a=2"], "given more than once"),
        (["--fix-in", "pitt"], "did you mean pit?"),
        (["--fix-in", "pit", "--fix-out", "pit"], "the lock of pit is given more than once"),
        (["--gap", "2"], "--gap"),
        (["--time-limit-s", "0"], "--time-limit-s"),
        (["--keep", "licencing"], "'licencing' is no scenario of tiny; it has embargo, nominal"),
        (["--keep", "nominal,"], "--keep"),
        (["--colour"], "--colour"),
    ],
)
def test_solve_refuses_what_it_does_not_understand(arguments: list[str], message: str) -> None:
    answer = run("solve", TINY, *arguments)

    assert answer.exit_code == Ending.INVALID
    assert message in answer.stderr
    assert answer.stdout == ""


def test_solve_refuses_a_taken_place_before_it_solves(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")

    answer = run("solve", TINY, "--out", tmp_path)

    assert answer.exit_code == Ending.INVALID
    assert "is not a plan" in answer.stderr
    assert "portfolio" not in answer.stderr


def test_solve_says_when_no_plan_can_exist(tmp_path: Path) -> None:
    """Salar must start and costs 100 M$; the fund has 10, and nobody else pays."""
    poor = {"id": "fund", "burden_share": 1.0, "opening_cash_musd": 10.0}
    save(instance(project("salar"), members=[poor]), tmp_path / "world.json")

    locked = ("--fix-in", "salar", "--json", "--out", tmp_path / "plan")
    answer = run("solve", tmp_path / "world.json", *locked)
    said = json.loads(answer.stdout)

    assert answer.exit_code == Ending.INFEASIBLE
    assert said["status"] == "infeasible"
    assert said["objective"] is None
    assert said["chosen"] == []
    assert not (tmp_path / "plan").exists()


def test_every_outcome_has_its_exit_code(plan_folder: Path) -> None:
    plan = load_plan(plan_folder)

    def code(**proof: Any) -> Ending:
        return ending_of(replace(plan, proof=plan.proof.replaced(**proof)))

    assert code() == Ending.DONE
    assert code(status="feasible", stopped_by="time_limit") == Ending.LIMIT_WITH_PLAN
    assert code(status="feasible", stopped_by="interrupt") == Ending.INTERRUPTED
    nothing = {"objective": None, "bound": None}
    assert code(status="unknown", stopped_by="time_limit", **nothing) == Ending.LIMIT_WITHOUT_PLAN
    assert code(status="unknown", stopped_by="interrupt", **nothing) == Ending.INTERRUPTED
    assert code(status="infeasible", stopped_by="infeasible", **nothing) == Ending.INFEASIBLE


# show


def test_show_prints_a_saved_plan(plan_folder: Path) -> None:
    short = run("show", plan_folder)
    full = run("show", plan_folder, "--instance", TINY)

    assert short.exit_code == full.exit_code == Ending.DONE
    for said in (short.stdout, full.stdout):
        assert "The fund finances 3 of 4 candidates. Building costs 54.0 M$: 45.4 M$ from" in said
    assert "SHORTAGE" not in short.stdout
    assert "SHORTAGE" in full.stdout


def test_show_as_json_is_what_solve_said(plan_folder: Path) -> None:
    said = json.loads(run("show", plan_folder, "--json").stdout)

    assert said["objective"] == pytest.approx(44.768)


def test_show_refuses_what_is_no_plan(tmp_path: Path) -> None:
    answer = run("show", tmp_path)

    assert answer.exit_code == Ending.INVALID
    assert "plan.json" in answer.stderr


# check


def test_check_recomputes_a_plan(plan_folder: Path) -> None:
    text = run("check", TINY, plan_folder)
    said = json.loads(run("check", TINY, plan_folder, "--json").stdout)

    assert text.exit_code == Ending.DONE
    assert text.stdout.startswith("ok: ")
    assert said["ok"]


def test_check_says_what_it_takes_on_trust(plan_folder: Path, tmp_path: Path) -> None:
    """Of a plan that keeps a part, what is gone; of one of model 1, by what it was judged."""
    run("solve", TINY, "--keep", "marked", "--out", tmp_path / "part")
    document = json.loads((plan_folder / "plan.json").read_text(encoding="utf-8"))
    save_plan(load_plan(plan_folder), tmp_path / "old")
    for field in ("format", "model", "do_nothing", "kept"):
        del document[field]
    (tmp_path / "old" / "plan.json").write_text(json.dumps(document), encoding="utf-8")

    part = run("check", TINY, tmp_path / "part")
    old = run("check", TINY, tmp_path / "old")

    assert (part.exit_code, old.exit_code) == (Ending.DONE, Ending.DONE)
    assert "between the verified bound and the bound is the solver's word" in part.stdout
    assert "Operation of 1 of 4 scenario-years is not kept" in part.stdout
    assert "Do-nothing is the solver's word" in old.stdout
    assert "The plan was judged by model 1" in old.stdout
    assert run("show", tmp_path / "old").exit_code == Ending.DONE


def test_firm_says_it_of_a_saved_plan(plan_folder: Path, tmp_path: Path) -> None:
    """In words, as JSON, and kept where that is asked for; `show` says it then, too."""
    told = run("firm", TINY, plan_folder, "--out", tmp_path / "firm")
    found = json.loads(run("firm", TINY, plan_folder, "--json").stdout)

    assert told.exit_code == Ending.DONE
    assert "HOW FIRM" in told.stdout
    assert "PROOF" not in told.stdout
    assert "shortage at half its cost" in told.stderr
    assert [one["case"] for one in found["firm"]][::4] == ["half_salvage", "failures"]
    assert found["firm"][0]["worth"] == pytest.approx(8.912)
    assert "HOW FIRM" in run("show", tmp_path / "firm").stdout
    assert "HOW FIRM" not in run("show", plan_folder).stdout
    assert run("check", TINY, tmp_path / "firm").exit_code == Ending.DONE


def test_firm_ends_as_a_limit_does_and_refuses_another_instance(plan_folder: Path) -> None:
    cut = run("firm", TINY, plan_folder, "--time-limit-s", "0.000001")
    other = run("firm", TINY, plan_folder, "--budget", "0.9")

    assert cut.exit_code == Ending.LIMIT_WITH_PLAN
    assert "There was no time left" in cut.stdout
    assert other.exit_code == Ending.INVALID
    assert "another instance" in other.stderr
    assert run("firm", TINY, plan_folder, "--time-limit-s", "0").exit_code == Ending.INVALID


def test_solve_says_how_firm_the_plan_is(tmp_path: Path) -> None:
    answer = run("solve", TINY, "--firm", "--firm-draws", "1", "--out", tmp_path / "plan")

    assert answer.exit_code == Ending.DONE
    assert "1 draw of failures: one draw has no standard error." in " ".join(answer.stdout.split())
    plan = load_plan(tmp_path / "plan")
    assert (plan.options.firm, plan.options.firm_draws) == (True, 1)
    assert len(plan.proof.firm) == 5


def test_check_lists_the_violations(plan_folder: Path, tmp_path: Path) -> None:
    """A plan that forgets its private money breaks rule 3."""
    plan = load_plan(plan_folder)
    poorer = replace(plan.tables, private=plan.tables.private.iloc[:0])
    save_plan(replace(plan, tables=poorer), tmp_path / "plan")

    answer = run("check", TINY, tmp_path / "plan")

    assert answer.exit_code == Ending.FAILED
    assert "rule 3 capital, works" in answer.stderr
    assert "violations: " in answer.stdout


def test_check_refuses_the_plan_of_another_instance(plan_folder: Path) -> None:
    change = ("--set", "settings.discount_rate=0.2")

    refused = run("check", TINY, plan_folder, *change)
    forced = run("check", TINY, plan_folder, *change, "--any-instance")

    assert refused.exit_code == Ending.INVALID
    assert "made for another instance" in refused.stderr
    assert forced.exit_code == Ending.FAILED
    assert "expected_cost" in forced.stderr


def test_check_takes_the_changes_that_the_plan_was_made_with(tmp_path: Path) -> None:
    change = ("--fix-out", "loop")
    run("solve", TINY, "--out", tmp_path / "plan", *change)

    assert run("check", TINY, tmp_path / "plan").exit_code == Ending.INVALID
    assert run("check", TINY, tmp_path / "plan", *change).exit_code == Ending.DONE


# export


def test_export_writes_the_tables_of_a_plan(plan_folder: Path, tmp_path: Path) -> None:
    answer = run("export", plan_folder, "--csv", tmp_path / "tables")

    assert answer.exit_code == Ending.DONE
    assert (tmp_path / "tables" / "choice.csv").read_text().startswith("project,year,alone\n")


def test_export_wants_one_thing(tmp_path: Path) -> None:
    assert run("export", TINY).exit_code == Ending.INVALID
    both = run("export", TINY, "--mps", tmp_path / "a.mps", "--csv", tmp_path / "a")
    assert both.exit_code == Ending.INVALID


def test_a_file_that_cannot_be_written_is_a_plain_message(tmp_path: Path) -> None:
    """A file stands where its folder would have to; a folder that is missing is made."""
    (tmp_path / "taken").write_text("a file")
    answer = run("export", TINY, "--mps", tmp_path / "taken" / "tiny.mps")

    assert answer.exit_code == Ending.FAILED
    assert answer.stderr.strip().endswith("tiny.mps: Not a directory")
    assert run("export", TINY, "--mps", tmp_path / "new" / "tiny.mps").exit_code == Ending.DONE
    assert (tmp_path / "new" / "tiny.mps").is_file()


def test_the_large_instance_is_valid() -> None:
    answer = run("validate", RARE_EARTHS)

    assert answer.exit_code == Ending.DONE


def copy_of_tiny(folder: Path) -> Path:
    """The tiny instance, where a test may spoil it."""
    copy = folder / "tiny"
    copy.mkdir()
    for file in [*TINY.glob("*.csv"), TINY / "instance.toml"]:
        (copy / file.name).write_bytes(file.read_bytes())
    return copy


def hash_of(path: Path) -> str:
    """Content hash of an instance."""
    return str(json.loads(run("validate", path, "--json").stdout)["instance_hash"])

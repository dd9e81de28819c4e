"""Plan folders: what is saved comes back bit for bit, and what is broken says which file."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from optimizer.checker import check, policy_rows
from optimizer.errors import InvalidPlan
from optimizer.plan import Options, Plan, Proof, Tables
from optimizer.plan.files import export_tables, load_plan, plans_equal, save_plan
from optimizer.plan.tables import table, tables
from optimizer.vocabulary.criteria import LATER
from optimizer.vocabulary.plan_tables import COLUMNS, OF_NOTHING, POLICY_COLUMNS
from tests.support.hand_plans import hand_instance, hand_plan, plan_of


def whole_plan() -> Plan:
    """A plan with policies and a certificate, and with floats that text would round."""
    plan, instance = hand_plan(), hand_instance()
    proof = plan.proof.replaced(objective=0.1 + 0.2, bound=math.nextafter(0.3, 0), wall_s=1e-300)
    return replace(
        plan,
        proof=proof,
        policies=policy_rows(instance, plan),
        certificate=check(instance, plan),
    )


def test_a_plan_comes_back_equal(tmp_path: Path) -> None:
    plan = whole_plan()

    save_plan(plan, tmp_path / "plan")
    back = load_plan(tmp_path / "plan")

    assert plans_equal(plan, back)
    assert back.proof == plan.proof
    assert back.certificate == plan.certificate
    pd.testing.assert_frame_equal(back.tables.cash, plan.tables.cash, check_exact=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan"]
    assert len(list((tmp_path / "plan").iterdir())) == 1 + len(COLUMNS) + 1 + 1
    assert len(list((tmp_path / "plan" / "do_nothing").iterdir())) == len(OF_NOTHING)


def test_a_plan_of_an_earlier_version_has_fewer_tables(tmp_path: Path) -> None:
    """Without the contracts signed, and without the criteria that came with them, it is read as if
    it said that there were none, and passes the checker."""
    plan = whole_plan()
    save_plan(plan, tmp_path / "plan")
    (tmp_path / "plan" / "signed.parquet").unlink()

    back = load_plan(tmp_path / "plan")

    assert plans_equal(plan, back)
    assert back.tables.signed.empty
    known = {name: value for name, value in back.criteria.items() if name not in LATER}
    assert len(known) == len(back.criteria) - len(LATER)
    assert check(hand_instance(), replace(hand_plan(), criteria=known)).ok


def test_an_empty_plan_keeps_columns_and_types(tmp_path: Path) -> None:
    plan = plan_of(tables({}), objective=None)

    save_plan(plan, tmp_path / "none")
    back = load_plan(tmp_path / "none")

    assert plans_equal(plan, back)
    assert not back.found
    assert back.tables.short.dtypes.astype(str).to_dict() == {
        "scenario": "str",
        "year": "int64",
        "segment": "str",
        "tranche": "int64",
        "kt": "float64",
    }
    assert tuple(back.policies.columns) == POLICY_COLUMNS


def test_saving_again_replaces_the_plan(tmp_path: Path) -> None:
    save_plan(plan_of(tables({})), tmp_path / "plan")

    save_plan(whole_plan(), tmp_path / "plan")

    assert plans_equal(load_plan(tmp_path / "plan"), whole_plan())
    assert [path.name for path in tmp_path.iterdir()] == ["plan"]


def test_nothing_but_a_plan_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")

    with pytest.raises(InvalidPlan, match="is not a plan"):
        save_plan(whole_plan(), tmp_path)

    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_plans_differ_in_a_last_bit_and_in_a_row() -> None:
    plan = whole_plan()
    cash = plan.tables.cash.copy()
    cash.loc[0, "amount_musd"] = math.nextafter(cash.loc[0, "amount_musd"], math.inf)
    fewer = plan.tables.flows.iloc[1:]

    assert plans_equal(plan, whole_plan())
    assert not plans_equal(plan, replace(plan, tables=replace(plan.tables, cash=cash)))
    assert not plans_equal(plan, replace(plan, tables=replace(plan.tables, flows=fewer)))
    assert not plans_equal(plan, replace(plan, criteria={"expected_cost": 1.0}))


def test_text_types_do_not_make_plans_differ() -> None:
    plan = whole_plan()
    choice = plan.tables.choice.astype({"project": object})

    assert plans_equal(plan, replace(plan, tables=replace(plan.tables, choice=choice)))


def broken(tmp_path: Path) -> Path:
    save_plan(whole_plan(), tmp_path / "plan")
    return tmp_path / "plan"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidPlan, match=r"plan\.json: No such file"):
        load_plan(tmp_path / "nowhere")


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    folder = broken(tmp_path)
    (folder / "cash.parquet").unlink()

    with pytest.raises(InvalidPlan, match=r"cash\.parquet: missing"):
        load_plan(folder)


def test_a_table_that_is_no_parquet_is_named(tmp_path: Path) -> None:
    folder = broken(tmp_path)
    (folder / "flows.parquet").write_bytes(b"not a table")

    with pytest.raises(InvalidPlan, match=r"flows\.parquet: "):
        load_plan(folder)


def test_wrong_columns_are_named(tmp_path: Path) -> None:
    folder = broken(tmp_path)
    pd.DataFrame({"member": ["us"]}).to_parquet(folder / "cash.parquet")

    with pytest.raises(InvalidPlan, match=r"cash\.parquet: has columns member; expected member, y"):
        load_plan(folder)


def test_text_for_numbers_is_named(tmp_path: Path) -> None:
    folder = broken(tmp_path)
    cash = pd.DataFrame({"member": ["us"], "year": [2030], "amount_musd": ["plenty"]})
    cash.to_parquet(folder / "cash.parquet")

    with pytest.raises(InvalidPlan, match=r"cash\.parquet: cash: .*plenty"):
        load_plan(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"proof": {"status": "perfect", "stopped_by": "gap"}}, r"plan\.json: proof\.status"),
        ({"colour": "blue"}, r"plan\.json: colour"),
        ({"format": 3}, r"plan\.json: format: .*3 is of a later Lodestone; this one reads up to 2"),
        ({"model": 99}, r"plan\.json: model: .*99 is of a later Lodestone"),
    ],
)
def test_a_broken_document_names_the_field(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    folder = broken(tmp_path)
    document = json.loads((folder / "plan.json").read_text())
    (folder / "plan.json").write_text(json.dumps(document | change))

    with pytest.raises(InvalidPlan, match=message):
        load_plan(folder)


def test_a_document_that_is_no_json(tmp_path: Path) -> None:
    folder = broken(tmp_path)
    (folder / "plan.json").write_text("{")

    with pytest.raises(InvalidPlan, match=r"plan\.json: Invalid JSON"):
        load_plan(folder)


def test_exported_text_is_no_formula(tmp_path: Path) -> None:
    rows = [("=cmd()", 2030, False), ("-1", 2030, False), ("plain", 2030, True)]
    plan = plan_of(tables({"choice": rows, "cash": [("us", 2030, -5.25)]}))

    export_tables(plan, tmp_path / "csv")

    lines = (tmp_path / "csv" / "choice.csv").read_text().splitlines()
    assert lines == [
        "project,year,alone",
        "'=cmd(),2030,False",
        "'-1,2030,False",
        "plain,2030,True",
    ]
    assert (tmp_path / "csv" / "cash.csv").read_text() == "member,year,amount_musd\nus,2030,-5.25\n"
    assert (tmp_path / "csv" / "policies.csv").is_file()


def test_a_table_takes_its_columns_from_a_wider_frame() -> None:
    frame = pd.DataFrame({"year": [2030.0], "alone": [0], "project": ["a"], "why": ["?"]})

    assert table("choice", frame).equals(table("choice", [("a", 2030, False)]))


def test_unknown_tables_and_missing_columns_are_named() -> None:
    with pytest.raises(InvalidPlan, match="colour: no such table"):
        tables({"colour": []})
    with pytest.raises(InvalidPlan, match=r"cash: .*amount_musd"):
        table("cash", pd.DataFrame({"member": ["us"], "year": [2030]}))


def test_tables_made_of_rows_are_the_frames_that_a_file_gives(tmp_path: Path) -> None:
    """Plain columns first, a frame when it is asked for: the same values and types either way."""
    rows = {"choice": [("pit", 2027, False), ("works", 2026, True)], "cash": [("JPN", 2030, 1.5)]}
    made = tables(rows)
    for name, given in rows.items():
        frame = pd.DataFrame(given, columns=list(COLUMNS[name]))
        pd.testing.assert_frame_equal(getattr(made, name), table(name, frame), check_exact=True)
        assert tables({name: frame}).columns(name) == tables(rows).columns(name)

    assert made.columns("flows") == {column: [] for column in COLUMNS["flows"]}
    assert made.choice is made.choice


def test_what_is_written_into_a_frame_is_what_the_plan_says() -> None:
    """Whoever reads columns after that sees it, as the checker does."""
    plan = hand_plan()
    project = plan.chosen[0][0]
    plan.tables.choice.loc[plan.tables.choice["project"] == project, "alone"] = True

    assert project not in [name for name, _ in plan.chosen]


def test_a_plan_has_no_table_by_default() -> None:
    with pytest.raises(TypeError, match="choice"):
        Tables()
    with pytest.raises(TypeError, match="policies"):
        Plan("x", "y", Options(), {}, Proof(status="unknown", stopped_by="gap"), {}, tables({}))


@pytest.mark.parametrize(
    "rows", [[("pit", 2027)], [("pit", "soon", False)], [("pit", 2027, False), ("works",)]]
)
def test_rows_that_are_no_rows_of_a_table_are_named(rows: list[tuple[object, ...]]) -> None:
    with pytest.raises(InvalidPlan, match="choice"):
        tables({"choice": rows})

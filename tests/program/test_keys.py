"""Keys of rows and columns: each names what the row says in the model that Pyomo writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.environ as pyo
import pytest

from benchmarks.idiomatic import build_whole
from optimizer.blocks.worlds import Worlds
from optimizer.highs.limits import Limits
from optimizer.instance.formats.reader import load
from optimizer.program.compile import compile_model
from optimizer.program.keys import INVESTMENT, JOINT, Keys, RowKey
from optimizer.program.prices import investment_prices
from optimizer.program.stamp import stamp
from optimizer.solving.cone import cuts
from optimizer.solving.later_steps import fairest_payments, least_fund_cost
from optimizer.solving.use_cuts import UseCuts
from optimizer.vocabulary.rules import RULES, TAIL, USE_CUTS
from tests.model.test_joint_rules import diverse
from tests.published.convert import instance_of
from tests.solving.test_use_cuts import location
from tests.support.hand_cases import hand_cases
from tests.support.inprocess import solve_program_here
from tests.support.numbered import column_keys, row_keys
from tests.support.strategies import random_instance

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.program.keys import ColumnKey
    from optimizer.program.program import Program
    from optimizer.program.stamped import Stamped

CASES = {f"hand-{i}": case.instance for i, case in enumerate(hand_cases())} | {
    f"random-{seed}": random_instance(seed) for seed in range(25)
}


def found_in(m: Any, key: RowKey | ColumnKey, blocks: list[tuple[str, int]]) -> Any:
    """What a key names in the whole model."""
    index: Any = key.key or None
    if key.component in ("missed", "missing"):
        return m.component(key.component)[key.block]
    if key.component == "fairness":
        assert not isinstance(key.block, str)
        return m.fairness[(*key.key, blocks.index(key.block))]
    owner = m if isinstance(key.block, str) else m.operation[key.block]
    return owner.component(key.component)[index[0] if index and len(index) == 1 else index]


def slacks(lower: Any, value: float, upper: Any) -> list[float]:
    """Distances to the sides that a row has, whichever way round it is written."""
    sides = (None if lower is None else value - lower, None if upper is None else upper - value)
    return sorted(side for side in sides if side is not None and np.isfinite(side))


def are_unique(program: Program) -> bool:
    return len(set(program.rows)) == len(program.rows) == program.matrix.shape[0] and len(
        set(program.columns)
    ) == len(program.columns) == len(program.cost)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_row_says_what_its_key_names(case: Instance) -> None:
    """At a random point each row is as far from its sides as the row of the model that its key
    names, whose rule it bears; and each column is a variable of its own."""
    worlds = Worlds.of(case)
    program, m = stamp(worlds).program, build_whole(worlds)
    x = np.random.default_rng(0).uniform(0.0, 3.0, len(program.cost))
    x[program.columns.where("nothing")] = 0.0
    for variable in m.component_data_objects(pyo.Var):
        variable.set_value(0.0, skip_validation=True)
    for key, value in zip(program.columns, x.tolist(), strict=True):
        found_in(m, key, worlds.blocks).set_value(value, skip_validation=True)

    assert are_unique(program)
    rows = zip(program.rows, program.row_lower, program.matrix @ x, program.row_upper, strict=True)
    for key, lower, value, upper in rows:
        row = found_in(m, key, worlds.blocks)
        there = slacks(pyo.value(row.lower), pyo.value(row.body), pyo.value(row.upper))
        assert slacks(lower, value, upper) == pytest.approx(there, rel=1e-9, abs=1e-9), key
        doc = row.parent_component().doc
        assert key.rule == (TAIL if doc == "criteria" else RULES[int(doc.split()[1])])


def test_every_rule_with_rows_has_them_by_name() -> None:
    """On instances that have everything, each rule is found; but for those that bound columns."""
    found = {
        key.rule for case in hand_cases() for key in stamp(Worlds.of(case.instance)).program.rows
    }

    assert {RULES[number] for number in (9, 11, 13, 17, 18, 20, 21)} <= found
    assert found <= {*RULES.values(), TAIL}


def test_the_fairness_of_embargo_2010_is_named_so() -> None:
    """It has no tail, and its rows across members were once exported as rows of one."""
    program = stamp(Worlds.of(load("instances/embargo-2010"))).program
    fair = [program.rows[row] for row in program.rows.where("fairness")]

    assert len(fair) > 0
    assert {key.rule for key in fair} == {RULES[20]}
    assert len(program.rows.where(rule=TAIL)) == 0
    assert list(program.rows.where("fairness")) == list(program.rows.where(rule=RULES[20]))
    assert [key.component for key in program.rows][-len(fair) :] == ["fairness"] * len(fair)


def relaxed(program: Program) -> Any:
    x = solve_program_here(program.relaxed(), Limits()).x
    assert x is not None
    return x


def test_each_tangent_has_a_number_of_its_own() -> None:
    stamped = stamp(Worlds.of(diverse(0.58)))
    for _ in range(4):
        stamped = stamped.with_rows(cuts(stamped, relaxed(stamped.program)))
    tangents = [stamped.program.rows[row] for row in stamped.program.rows.where("hhi_tangent")]

    assert {key.rule for key in tangents} == {RULES[18]}
    for year in (2030, 2031):
        own = [key.key for key in tangents if key.block == ("nominal", year)]
        assert len(own) > 1
        assert own == [("spread", number) for number in range(1, len(own) + 1)]
    assert are_unique(stamped.program)


def test_a_cut_at_the_root_names_what_is_used() -> None:
    stamped = stamp(Worlds.of(instance_of(location(3), "location")))
    x = relaxed(stamped.program)
    rows = UseCuts(stamped).violated(x)
    program = stamped.program.with_rows(rows)

    assert are_unique(program)
    assert {row.key.rule for row in rows} == {USE_CUTS}
    flow = {key.key: j for j, key in enumerate(program.columns) if key.component == "flow"}
    for row in rows:
        assert row.key.component == "use_of_a_route"
        assert row.values[list(row.columns).index(flow[row.key.key])] == 1.0


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_the_programs_of_the_later_steps_have_keys(case: Instance) -> None:
    stamped = stamp(Worlds.of(case))
    x = solve_program_here(stamped.program, Limits()).x
    if x is None or not case.members:
        return
    held = [investment_prices(stamped.investment, stamped.weights)]
    least = least_fund_cost(stamped, x, held)
    fair = fairest_payments(stamped, x, x[: stamped.investment.size], held)

    assert are_unique(least)
    assert are_unique(fair)
    assert least.rows[len(least.rows) - 1].key == (1,)
    assert fair.columns[len(fair.columns) - 1].component == "largest_deviation"
    assert fair.rows[len(fair.rows) - 1].key == (stamped.worlds.q.members[-1],)


def tail_of_tiny() -> Stamped:
    averse = {"settings.objective.risk_weight": 0.5}
    return stamp(Worlds.of(load("instances/tiny").changed(averse)))


def test_the_tail_is_found_by_name() -> None:
    """Each scenario's row has the columns of its own name, and the threshold."""
    program = tail_of_tiny().program
    row = program.rows.position(RowKey(TAIL, "tail", ("embargo",), JOINT))
    columns = [program.columns[j] for j in program.row(row).columns]

    assert {key.component for key in columns} == {"tail_threshold", "beyond", "missed"}
    assert [key.key for key in columns if key.component == "beyond"] == [("embargo",)]


def test_positions_are_found_by_key_rule_and_block() -> None:
    rows = tail_of_tiny().program.rows
    for position, key in enumerate(rows):
        assert rows.position(key) == position
        assert position in rows.where(key.component, rule=key.rule, block=key.block)
    assert {rows[row].block for row in rows.where(block=INVESTMENT)} == {INVESTMENT}
    with pytest.raises(KeyError):
        rows.position(RowKey(RULES[9], "capacity", ("nowhere",), INVESTMENT))


def test_keys_that_are_joined_keep_their_blocks() -> None:
    """Blocks that only one of them has, in another order."""
    one = Keys.of([RowKey("", "a", (1,), ("s", 1)), RowKey("", "a", (1,), ("s", 2))])
    other = Keys.of([RowKey("", "b", (), ("s", 2)), RowKey("", "b", (), ("t", 1))])
    wanted = [*one, *other, RowKey("", "c", (), JOINT)]
    joined = one.joined(other, Keys.of(wanted[-1:]))

    assert list(joined) == wanted
    assert list(joined.taken(np.array([3, 0]))) == [wanted[3], wanted[0]]
    assert [joined.position(key) for key in wanted] == list(range(5))


def test_a_program_without_keys_is_refused() -> None:
    from dataclasses import replace

    program = tail_of_tiny().program
    with pytest.raises(ValueError, match="without a key"):
        replace(program, rows=row_keys(1))
    with pytest.raises(ValueError, match="without a key"):
        replace(program, columns=column_keys(1))


def test_a_constraint_without_a_rule_is_refused() -> None:
    m = pyo.ConcreteModel()
    m.x = pyo.Var()
    m.account = pyo.Expression(["none"], rule=lambda m, _: m.x)
    m.nameless = pyo.Constraint(expr=m.x <= 1)
    with pytest.raises(ValueError, match="nameless does not say which rule"):
        compile_model(m, m.account)

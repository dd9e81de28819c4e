"""Linear forms of expressions are those that Pyomo's own visitor reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.environ as pyo
import pytest
from pyomo.repn import generate_standard_repn

from optimizer.blocks.worlds import Worlds
from optimizer.model.build import build_investment, build_operation
from optimizer.program.compile import compile_model
from optimizer.program.linear import LinearForms
from tests.support.hand_cases import hand_cases
from tests.support.strategies import random_instance

if TYPE_CHECKING:
    from optimizer.instance import Instance


def positions(m: pyo.ConcreteModel) -> dict[int, int]:
    return {id(v): i for i, v in enumerate(m.component_data_objects(pyo.Var))}


def by_pyomo(m: pyo.ConcreteModel, expression: Any) -> tuple[dict[int, float], float]:
    """What `generate_standard_repn` says."""
    found, place = generate_standard_repn(expression), positions(m)
    assert found.is_linear()
    pairs = zip(found.linear_vars, found.linear_coefs, strict=True)
    return {place[id(v)]: c for v, c in pairs if c}, float(pyo.value(found.constant))


def read(m: pyo.ConcreteModel, expression: Any) -> tuple[dict[int, float], float]:
    form, constant = LinearForms(positions(m)).read(expression)
    return {place: c for place, c in form.items() if c}, constant


def model() -> pyo.ConcreteModel:
    m = pyo.ConcreteModel()
    m.x = pyo.Var([1, 2, 3])
    m.y = pyo.Var()
    m.p = pyo.Param(initialize=4.0, mutable=True)
    m.e = pyo.Expression(expr=2 * m.x[1] - m.y + 1)
    m.f = pyo.Expression([1], initialize={1: 3 * m.e + m.x[2]})
    return m


EXPRESSIONS = {
    "a number": lambda m: 5,
    "a variable": lambda m: m.y,
    "a sum": lambda m: m.x[1] + 2 * m.x[2] + 3,
    "what cancels": lambda m: m.x[1] - m.x[1] + m.y,
    "a negation": lambda m: -(m.x[1] + 2),
    "a named expression": lambda m: m.e - m.f[1],
    "a factor before a sum": lambda m: 3 * (m.x[1] + m.y - 2) + m.e,
    "a factor after it": lambda m: (m.x[1] + m.y - 2) * 3,
    "a parameter that may change": lambda m: m.p * m.x[1] + m.p,
    "a parameter before a sum": lambda m: m.p * (m.x[1] + m.e),
    "a division": lambda m: (m.x[1] + 4) / 2,
    "a whole number as a factor": lambda m: 2 * (m.y + m.x[3]),
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_an_expression_is_read_as_pyomo_reads_it(name: str) -> None:
    m = model()
    expression = EXPRESSIONS[name](m)

    assert read(m, expression) == by_pyomo(m, expression)


CASES = [case.instance for case in hand_cases()] + [random_instance(seed) for seed in range(6)]


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_the_rules_are_read_as_pyomo_reads_them(case: Instance) -> None:
    worlds = Worlds.of(case)
    for m in (build_investment(worlds.q), build_operation(worlds.shares)):
        forms = LinearForms(positions(m))
        for row in m.component_data_objects(pyo.Constraint, active=True):
            form, constant = forms.read(row.body)
            expected, of_pyomo = by_pyomo(m, row.body)
            assert {place: c for place, c in form.items() if c} == pytest.approx(expected)
            assert constant == pytest.approx(of_pyomo)


@pytest.mark.parametrize("power", [2, 0.5])
def test_what_is_not_linear_is_refused(power: float) -> None:
    m = model()
    m.bent = pyo.Constraint(expr=m.x[1] + m.y**power <= 1, doc="rule 1")

    with pytest.raises(TypeError, match="not linear"):
        compile_model(m, m.f)


def test_a_fixed_variable_is_refused() -> None:
    """Pyomo would read it as a number, and the column would be lost."""
    m = model()
    m.y.fix(1)

    with pytest.raises(ValueError, match="y is fixed"):
        compile_model(m, m.f)

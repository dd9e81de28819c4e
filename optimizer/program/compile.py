"""Compile a Pyomo block to sparse arrays, once.

Enters: a linear Pyomo model. Leaves: `Compiled`: rows, columns and named expressions as numpy and
scipy arrays, in the order in which the model declares them. Pyomo ends here.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from optimizer.model import pyo
from optimizer.model.build import build_investment, build_operation
from optimizer.program.compiled import Compiled
from optimizer.program.keys import index, row_component
from optimizer.program.linear import LinearForms
from optimizer.program.purse import PURSE, with_purse
from optimizer.vocabulary.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from optimizer.blocks.parameters import Parameters
    from optimizer.blocks.shares import Shares
    from optimizer.blocks.worlds import Worlds

    Floats = NDArray[np.float64]


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Building makes many small objects that live: collecting among them costs a multiple."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def compile_model(
    m: pyo.ConcreteModel, expressions: pyo.Expression, last: tuple[str, ...] = ()
) -> Compiled:
    """Compile a model's variables, constraints and one indexed component of expressions.

    Args:
        m: the model.
        expressions: what becomes named expressions.
        last: variables whose columns come after all others, to be filled later.
    """
    positions: dict[int, int] = {}
    columns: dict[Any, slice] = {}
    keys: dict[str, list[Any]] = {}
    variables: list[Any] = []
    components = list(m.component_objects(pyo.Var))
    for component in sorted(components, key=lambda one: one.local_name in last):
        start = len(variables)
        for key, variable in component.items():
            if variable.fixed:
                raise ValueError(f"{variable} is fixed: bound it instead")
            positions[id(variable)] = len(variables)
            variables.append(variable)
            keys.setdefault(component.local_name, []).append(key)
        keys.setdefault(component.local_name, [])
        columns[component.local_name] = slice(start, len(variables))
    rows = _Rows(positions)
    row_components = []
    for constraint in m.component_objects(pyo.Constraint, active=True):
        active = {key: row for key, row in constraint.items() if row.active}
        for row in active.values():
            lower, body, upper = row.to_bounded_expression()
            rows.add(body, lower, upper)
        name, rule = constraint.local_name, _rule(constraint)
        row_components.append(row_component(rule, name, [index(key) for key in active]))
    criteria = _Rows(positions)
    for expression in expressions.values():
        criteria.add(expression.expr, None, None)
    return Compiled(
        columns=columns,
        keys=keys,
        column_lower=np.array([_number(v.lb, -np.inf) for v in variables]),
        column_upper=np.array([_number(v.ub, np.inf) for v in variables]),
        integer=np.array([v.is_integer() for v in variables], dtype=bool),
        matrix=rows.matrix(len(variables)),
        row_lower=np.array(rows.lower),
        row_upper=np.array(rows.upper),
        row_components=tuple(row_components),
        expressions=criteria.matrix(len(variables)),
        expression_constants=np.array(criteria.constants),
        expression_keys=list(expressions.keys()),
    )


def compile_worlds(worlds: Worlds) -> tuple[Compiled, Compiled]:
    """The investment, and one year of operation, of an instance."""
    investment = with_purse(compile_investment(worlds.q), worlds.q)
    return investment, compile_year(worlds.shares)


def compile_investment(q: Parameters) -> Compiled:
    """The first stage of an instance, before the members' own money is put in (`with_purse`)."""
    with no_garbage_collection():
        return _compiled(build_investment(q, given=False), "criterion", PURSE)


def compile_year(shares: Shares) -> Compiled:
    """One year of operation of an instance."""
    with no_garbage_collection():
        return _compiled(build_operation(shares), "account")


def _compiled(m: pyo.ConcreteModel, expressions: str, last: tuple[str, ...] = ()) -> Compiled:
    """Compile a model, and let go of its parts: they refer to each other, and would stay long."""
    found = compile_model(m, m.component(expressions), last)
    for component in list(m.component_objects()):
        component.clear()
    return found


class _Rows:
    """Linear expressions gathered into a sparse matrix."""

    def __init__(self, positions: dict[int, int]) -> None:
        self._forms = LinearForms(positions)
        self._starts = [0]
        self._indices: list[int] = []
        self._values: list[float] = []
        self.lower: list[float] = []
        self.upper: list[float] = []
        self.constants: list[float] = []

    def add(self, expression: Any, lower: Any, upper: Any) -> None:
        """Append one row; its constant moves to the bounds."""
        form, constant = self._forms.read(expression)
        self._indices.extend(form)
        self._values.extend(form.values())
        self._starts.append(len(self._indices))
        self.constants.append(constant)
        self.lower.append(_number(lower, -np.inf) - constant)
        self.upper.append(_number(upper, np.inf) - constant)

    def matrix(self, size: int) -> sparse.csr_array:
        """The rows as a matrix."""
        shape = (len(self._starts) - 1, size)
        data = (np.array(self._values, dtype=float), np.array(self._indices, dtype=np.int32))
        matrix = sparse.csr_array((*data, np.array(self._starts, dtype=np.int32)), shape=shape)
        matrix.eliminate_zeros()
        return matrix


def _number(value: Any, otherwise: float) -> float:
    if value.__class__ is float or value.__class__ is int:
        return float(value)
    return otherwise if value is None else float(pyo.value(value))


def _rule(constraint: Any) -> str:
    """Number and name of the rule that a constraint's `doc`, such as `rule 9`, names."""
    number = str(constraint.doc or "").removeprefix("rule ")
    if not number.isdecimal() or int(number) not in RULES:
        raise ValueError(f"the constraint {constraint.name} does not say which rule it is of")
    return RULES[int(number)]

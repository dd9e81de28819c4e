"""Linear forms of Pyomo expressions: the few kinds of nodes that rules are written with, directly.

Enters: an expression. Leaves: coefficients by column, and a constant. Pyomo's own visitor, which
knows every kind of node and takes several times as long, gets what is of another kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimizer.model import LinearRepnVisitor, OrderedVarRecorder, nodes

if TYPE_CHECKING:
    from collections.abc import Callable

Form = dict[int, float]
"""Coefficient of each column."""


class LinearForms:
    """Linear forms over the columns of one model, none of whose variables is fixed."""

    def __init__(self, positions: dict[int, int]) -> None:
        """Read over columns whose positions are known by the identity of their variables."""
        self._positions = positions
        self._visitor = LinearRepnVisitor({}, var_recorder=OrderedVarRecorder({}, {}, None))
        self._of: dict[type, Callable[[Any, Form], float]] = {
            int: _number,
            float: _number,
            nodes.VarData: self._variable,
            nodes.ScalarVar: self._variable,
            nodes.MonomialTermExpression: self._monomial,
            nodes.LinearExpression: self._sum,
            nodes.SumExpression: self._sum,
            nodes.NegationExpression: self._negation,
            nodes.ProductExpression: self._product,
            nodes.ExpressionData: self._named,
            nodes.ScalarExpression: self._named,
        }

    def read(self, expression: Any) -> tuple[Form, float]:
        """The coefficients of an expression, and its constant.

        Raises:
            TypeError: it is not linear.
        """
        form: Form = {}
        constant = self._add(expression, form)
        return form, constant

    def _add(self, node: Any, form: Form) -> float:
        """Add a node to a form; returns its constant."""
        return self._of.get(node.__class__, self._other)(node, form)

    def _variable(self, node: Any, form: Form) -> float:
        position = self._positions[id(node)]
        form[position] = form.get(position, 0.0) + 1.0
        return 0.0

    def _monomial(self, node: Any, form: Form) -> float:
        factor, variable = node.args
        if factor.__class__ is not float and factor.__class__ is not int:
            factor = nodes.value(factor)
        position = self._positions[id(variable)]
        form[position] = form.get(position, 0.0) + factor
        return 0.0

    def _sum(self, node: Any, form: Form) -> float:
        constant = 0.0
        for part in node.args:
            constant += self._add(part, form)
        return constant

    def _negation(self, node: Any, form: Form) -> float:
        return self._times(-1.0, node.args[0], form)

    def _product(self, node: Any, form: Form) -> float:
        left, right = node.args
        for factor, other in ((left, right), (right, left)):
            if factor.__class__ is float or factor.__class__ is int:
                return self._times(factor, other, form)
        return self._other(node, form)

    def _named(self, node: Any, form: Form) -> float:
        return self._add(node.expr, form)

    def _times(self, factor: float, node: Any, form: Form) -> float:
        inner: Form = {}
        constant = self._add(node, inner)
        for position, value in inner.items():
            form[position] = form.get(position, 0.0) + factor * value
        return factor * constant

    def _other(self, node: Any, form: Form) -> float:
        """What is of another kind, by Pyomo's own visitor."""
        found = self._visitor.walk_expression(node)
        if found.nonlinear is not None:
            raise TypeError(f"not linear: {node}")
        for variable, value in found.linear.items():
            position = self._positions[variable]
            form[position] = form.get(position, 0.0) + value
        return float(found.constant)


def _number(node: float, form: Form) -> float:
    return float(node)

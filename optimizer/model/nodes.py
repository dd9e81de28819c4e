"""The kinds of nodes of Pyomo's expressions that rules are written with."""

from pyomo.core.base.expression import ExpressionData, ScalarExpression
from pyomo.core.base.var import ScalarVar, VarData
from pyomo.core.expr.numeric_expr import (
    LinearExpression,
    MonomialTermExpression,
    NegationExpression,
    ProductExpression,
    SumExpression,
)
from pyomo.core.expr.numvalue import value

__all__ = [
    "ExpressionData",
    "LinearExpression",
    "MonomialTermExpression",
    "NegationExpression",
    "ProductExpression",
    "ScalarExpression",
    "ScalarVar",
    "SumExpression",
    "VarData",
    "value",
]

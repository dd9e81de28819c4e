"""Programs in a normal form, so that two ways of writing the same model can be compared.

Fixed columns are substituted, rows with one column become bounds, rows that say nothing and columns
that nothing pulls away from zero go. What is left is compared up to the order of rows and columns,
by colours refined along the matrix (Weisfeiler and Leman), which no permutation changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler
from scipy import sparse

from optimizer.program.program import Program
from tests.support.numbered import numbered


def program_of(m: pyo.ConcreteModel) -> Program:
    """A Pyomo model through Pyomo's own compiler, not ours."""
    form = LinearStandardFormCompiler().write(m, mixed_form=True, set_sense=pyo.minimize)
    sides = np.array([row.bound_type for row in form.rows])
    rhs = np.array(form.rhs, dtype=float)
    inf = np.inf
    lower, upper = np.where(sides <= 0, rhs, -inf), np.where(sides >= 0, rhs, inf)
    # A range comes as two rows of one constraint: put its sides together again.
    first = {id(row.constraint): i for i, row in reversed(list(enumerate(form.rows)))}
    keep = [first[id(row.constraint)] == i for i, row in enumerate(form.rows)]
    for i, row in enumerate(form.rows):
        at = first[id(row.constraint)]
        lower[at], upper[at] = max(lower[at], lower[i]), min(upper[at], upper[i])
    return Program(
        cost=np.asarray(form.c.todense()).ravel(),
        offset=float(form.c_offset[0]),
        lower=np.array([-inf if v.lb is None else v.lb for v in form.x], dtype=float),
        upper=np.array([inf if v.ub is None else v.ub for v in form.x], dtype=float),
        integer=np.array([v.is_integer() for v in form.x]),
        matrix=sparse.csr_array(form.A)[keep].tocsc(),
        row_lower=lower[keep],
        row_upper=upper[keep],
        **numbered(int(sum(keep)), len(form.x)),
    )


@dataclass
class _Form:
    cost: Any
    offset: float
    lower: Any
    upper: Any
    integer: Any
    matrix: Any
    row_lower: Any
    row_upper: Any


def normal(program: Program) -> _Form:
    """The normal form of a program."""
    f = _Form(
        program.cost.copy(),
        program.offset,
        program.lower.copy(),
        program.upper.copy(),
        program.integer.copy(),
        program.matrix.tocsr(),
        program.row_lower.copy(),
        program.row_upper.copy(),
    )
    f.matrix.eliminate_zeros()
    while _substitute(f) or _singletons(f) or _drop(f):
        pass
    _point(f)
    return f


def fingerprint(program: Program, rounds: int = 6) -> tuple[Any, ...]:
    """A value that equal models share whatever the order of their rows and columns."""
    f = normal(program)
    columns = [_rounded(x) for x in zip(f.cost, f.lower, f.upper, f.integer, strict=True)]
    rows = [_rounded(x) for x in zip(f.row_lower, f.row_upper, strict=True)]
    column_colour, row_colour = [hash(x) for x in columns], [hash(x) for x in rows]
    matrix = f.matrix.tocoo()
    entries = list(zip(*(a.tolist() for a in matrix.coords), matrix.data.tolist(), strict=True))
    for _ in range(rounds):
        seen_by_row: list[list[Any]] = [[] for _ in rows]
        seen_by_column: list[list[Any]] = [[] for _ in columns]
        for i, j, value in entries:
            seen_by_row[i].append((_digits(value), column_colour[j]))
            seen_by_column[j].append((_digits(value), row_colour[i]))
        pairs = zip(row_colour, seen_by_row, strict=True)
        row_colour = [hash((own, tuple(sorted(seen)))) for own, seen in pairs]
        pairs = zip(column_colour, seen_by_column, strict=True)
        column_colour = [hash((own, tuple(sorted(seen)))) for own, seen in pairs]
    return tuple(sorted(row_colour)), tuple(sorted(column_colour)), _digits(f.offset)


def _point(f: _Form) -> None:
    """Write a row with a lower side alone the other way round."""
    turned = np.isinf(f.row_upper) & np.isfinite(f.row_lower)
    sign = np.where(turned, -1.0, 1.0)
    f.matrix = sparse.csr_array(sparse.diags_array(sign) @ f.matrix)
    lower = np.where(turned, -f.row_upper, f.row_lower)
    f.row_upper = np.where(turned, -f.row_lower, f.row_upper)
    f.row_lower = lower


def _substitute(f: _Form) -> bool:
    fixed = f.lower == f.upper
    if not fixed.any():
        return False
    values = f.lower[fixed]
    shift = f.matrix[:, fixed] @ values
    f.row_lower, f.row_upper = f.row_lower - shift, f.row_upper - shift
    f.offset += float(f.cost[fixed] @ values)
    _keep_columns(f, ~fixed)
    return True


def _singletons(f: _Form) -> bool:
    single = np.diff(f.matrix.indptr) == 1
    if not single.any():
        return False
    for row in np.nonzero(single)[0]:
        at = f.matrix.indptr[row]
        column, value = f.matrix.indices[at], f.matrix.data[at]
        low, high = sorted((f.row_lower[row] / value, f.row_upper[row] / value))
        f.lower[column] = max(f.lower[column], low)
        f.upper[column] = min(f.upper[column], high)
    _keep_rows(f, ~single)
    return True


def _drop(f: _Form) -> bool:
    filled = np.diff(f.matrix.indptr) > 0
    says = filled & ~(np.isinf(f.row_lower) & np.isinf(f.row_upper))
    says |= ~filled & ((f.row_lower > 1e-9) | (f.row_upper < -1e-9))
    pulled = (np.diff(f.matrix.tocsc().indptr) > 0) | (f.cost < 0) | (f.lower != 0)
    if says.all() and pulled.all():
        return False
    _keep_rows(f, says)
    _keep_columns(f, pulled)
    return True


def _keep_rows(f: _Form, keep: Any) -> None:
    f.matrix, f.row_lower, f.row_upper = f.matrix[keep], f.row_lower[keep], f.row_upper[keep]


def _keep_columns(f: _Form, keep: Any) -> None:
    f.matrix = f.matrix[:, keep]
    f.cost, f.lower, f.upper = f.cost[keep], f.lower[keep], f.upper[keep]
    f.integer = f.integer[keep]


def _digits(value: float) -> str:
    """Ten digits: products of figures with few digits end in a 5 at the ninth, where a last bit
    would decide how they are rounded."""
    return f"{value + 0.0:.10g}" if abs(value) > 1e-10 else "0"


def _rounded(values: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(_digits(float(value)) for value in values)

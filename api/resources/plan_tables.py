"""The tables of a plan as they are answered in JSON: what each tells, and its columns."""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
from typing import TYPE_CHECKING

from optimizer.plan import Plan, Tables
from optimizer.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterator


class TableRow(Record):
    """A row of one of a plan's tables; each table has some of these columns."""

    scenario: str | None = None
    year: int | None = None
    """Year; 0 where a policy covers the whole horizon."""
    project: str | None = None
    alone: bool | None = None
    """Whether the project goes ahead without the fund."""
    instrument: str | None = None
    """Instrument through which money is committed."""
    member: str | None = None
    amount_musd: float | None = None
    contract: str | None = None
    """Contract that the fund signs."""
    block: str | None = None
    """The scenario whose operation of that year serves here."""
    recipe: str | None = None
    supplier: str | None = None
    origin: str | None = None
    """Where it is sent from: a project, a supplier or a zone."""
    destination: str | None = None
    """Where it is sent to."""
    zone: str | None = None
    segment: str | None = None
    tranche: int | None = None
    """Number of the tranche of the segment's demand, from 1, the cheapest to go without."""
    material: str | None = None
    kt: float | None = None
    """Quantity, in one year where it is a flow."""
    policy: str | None = None
    left: float | None = None
    """What the policy bounds, as it is in the plan."""
    bound: float | None = None
    """What the policy asks for."""
    slack: float | None = None
    """How far the plan is from the bound."""
    binding: bool | None = None
    """Whether the plan is at the bound."""


def _documented(cls: type) -> Iterator[tuple[str, str]]:
    """The attributes of a class, each with the text that follows it."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    parts = body.body if isinstance(body, ast.ClassDef) else []
    for before, after in itertools.pairwise(parts):
        if (
            isinstance(before, ast.AnnAssign)
            and isinstance(before.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
        ):
            yield before.target.id, " ".join(str(after.value.value).split())


TABLES = dict(_documented(Tables)) | {"policies": dict(_documented(Plan))["policies"]}
"""The columns of each table of a plan, and what its rows tell."""

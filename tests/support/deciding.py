"""Blocks of the model with values set by hand, for tests of single rules without a solver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.environ as pyo

from optimizer.blocks import DATA
from optimizer.blocks.parameters import Parameters
from optimizer.blocks.worlds import Worlds
from optimizer.model.build import build_investment, build_operation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optimizer.instance import Instance


def investment(instance: Instance) -> Any:
    """The first stage, with nothing started and nothing paid."""
    m = build_investment(Parameters(instance))
    decide(m)
    return m


def a_year(instance: Instance, block: int = 0, *, online: Mapping[str, float] | None = None) -> Any:
    """A year of operation in which nothing runs yet.

    Args:
        instance: whose data the year has.
        block: which block of its worlds; the first is the first nominal year.
        online: kt/y online by plant; nothing where it is not given.
    """
    worlds = Worlds.of(instance)
    m = build_operation(worlds.shares)
    decide(m)
    for name in DATA:
        for variable, value in zip(
            m.component(name).values(), getattr(worlds, name)[block], strict=True
        ):
            variable.set_value(float(value))
    set_values(m.online, dict.fromkeys(m.online, 0.0) | dict(online or {}))
    return m


def decide(m: Any, *, started: Mapping[str, int] | None = None, **values: Any) -> None:
    """Set every decision: those named as they are given, all others to zero.

    Args:
        m: a block of the model.
        started: project and year of each start, from which w follows.
        values: {index: value} by name of the variable; the year's data stay as they are.
    """
    for variable in m.component_objects(pyo.Var):
        if variable.local_name not in (*DATA, "online"):
            for one in variable.values():
                one.set_value(0.0)
    for p, year in (started or {}).items():
        for key, w in m.w.items():
            if key[0] == p and key[1] >= year:
                w.set_value(1)
    for name, given in values.items():
        set_values(m.component(name), given)


def set_values(variable: Any, given: Mapping[Any, float]) -> None:
    """Values by index; an index that the variable lacks is an error."""
    for key, value in given.items():
        variable[key].set_value(value)


def slacks(rows: Any) -> dict[Any, float]:
    """Slack of each row of a rule."""
    return {key: row.slack() for key, row in rows.items()}


def missed(m: Any, *names: str) -> set[str]:
    """Names of the rules' rows that do not hold, of all rules or of those named."""
    return {
        row.name
        for row in m.component_data_objects(pyo.Constraint, active=True)
        if row.slack() < -1e-9 and (not names or row.parent_component().local_name in names)
    }

"""Lodestone: chooses and proves an alliance's portfolio of critical-mineral projects.

    from optimizer import load, solve

    plan = solve(load("instances/tiny"))

The public names are those of `__all__`. Each is imported when it is first used, so that
`import optimizer` alone costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optimizer.checker import check
    from optimizer.errors import (
        InvalidInstance,
        InvalidOptions,
        InvalidPlan,
        OptimizerError,
        SolverFailed,
    )
    from optimizer.evaluation.supply import content_by_country
    from optimizer.instance import Instance
    from optimizer.instance.crma import crma_benchmarks
    from optimizer.instance.formats.reader import examine, load
    from optimizer.instance.validation import assumed_values
    from optimizer.plan import Options, Plan
    from optimizer.plan.files import export_tables, load_plan, save_plan
    from optimizer.presentation import figures
    from optimizer.questions.comparison import Comparison, compare
    from optimizer.scenarios.failures import failures
    from optimizer.scenarios.n_minus import Loss, n_minus_1, n_minus_2, with_shock
    from optimizer.scenarios.replay import HistoricEvent, replay
    from optimizer.solving.doing_nothing import without_fund
    from optimizer.solving.firmness import firm
    from optimizer.solving.recheck import recheck_bound
    from optimizer.solving.second_opinion import second_opinion
    from optimizer.solving.solve import solve

__all__ = [
    "Comparison",
    "HistoricEvent",
    "Instance",
    "InvalidInstance",
    "InvalidOptions",
    "InvalidPlan",
    "Loss",
    "OptimizerError",
    "Options",
    "Plan",
    "SolverFailed",
    "assumed_values",
    "check",
    "compare",
    "content_by_country",
    "crma_benchmarks",
    "examine",
    "export_tables",
    "failures",
    "figures",
    "firm",
    "load",
    "load_plan",
    "n_minus_1",
    "n_minus_2",
    "recheck_bound",
    "replay",
    "save_plan",
    "second_opinion",
    "solve",
    "with_shock",
    "without_fund",
]

_HOMES = {
    "Comparison": "optimizer.questions.comparison",
    "HistoricEvent": "optimizer.scenarios.replay",
    "Instance": "optimizer.instance",
    "InvalidInstance": "optimizer.errors",
    "InvalidOptions": "optimizer.errors",
    "InvalidPlan": "optimizer.errors",
    "Loss": "optimizer.scenarios.n_minus",
    "OptimizerError": "optimizer.errors",
    "Options": "optimizer.plan",
    "Plan": "optimizer.plan",
    "SolverFailed": "optimizer.errors",
    "assumed_values": "optimizer.instance.validation",
    "check": "optimizer.checker",
    "compare": "optimizer.questions.comparison",
    "content_by_country": "optimizer.evaluation.supply",
    "crma_benchmarks": "optimizer.instance.crma",
    "examine": "optimizer.instance.formats.reader",
    "export_tables": "optimizer.plan.files",
    "failures": "optimizer.scenarios.failures",
    "figures": "optimizer.presentation",
    "firm": "optimizer.solving.firmness",
    "load": "optimizer.instance.formats.reader",
    "load_plan": "optimizer.plan.files",
    "n_minus_1": "optimizer.scenarios.n_minus",
    "n_minus_2": "optimizer.scenarios.n_minus",
    "recheck_bound": "optimizer.solving.recheck",
    "replay": "optimizer.scenarios.replay",
    "save_plan": "optimizer.plan.files",
    "second_opinion": "optimizer.solving.second_opinion",
    "solve": "optimizer.solving.solve",
    "with_shock": "optimizer.scenarios.n_minus",
    "without_fund": "optimizer.solving.doing_nothing",
}
"""The module that defines each public name. No module may be called like a function here:
importing `optimizer.compare` would put that module in the place of the function."""


def __getattr__(name: str) -> object:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "figures":
        return import_module("optimizer.presentation.figures")
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)

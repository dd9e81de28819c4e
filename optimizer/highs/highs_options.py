"""The options that HiGHS is run with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optimizer.highs.limits import Limits

CAREFUL = 1e-9
"""Tolerances of a search that is repeated because its first plan did not keep its promise."""


def highs_options(limits: Limits) -> dict[str, Any]:
    """Options of every solve: one thread, a fixed seed, and a log that only callbacks see."""
    options: dict[str, Any] = {
        "output_flag": True,
        "log_to_console": False,
        "threads": 1,
        "parallel": "off",
        "presolve": limits.presolve,
        "solver": limits.method,
        "mip_lp_solver": limits.method,
        "random_seed": limits.seed,
        "mip_rel_gap": limits.own_gap,  # beside the child's own test, `GapTest`
        "mip_abs_gap": 1e-9,
        "mip_feasibility_tolerance": 1e-7,
    }
    if limits.careful:
        tolerances = ("mip_feasibility", "primal_feasibility", "dual_feasibility")
        options |= {f"{name}_tolerance": CAREFUL for name in tolerances}
    if limits.time_limit_s is not None:
        options["time_limit"] = max(0.1, limits.time_limit_s)
    return options

"""Rounding: what counts as nothing, and a bound that no value may be better than."""

from __future__ import annotations

from optimizer.errors import SolverFailed

ROUNDING = 1e-6
"""Distances below this share of the objective's size are rounding: the solver's own tolerances."""


def rounding(value: float, nothing: float) -> float:
    """What counts as rounding of a value, in its own unit: no absolute number decides.

    Args:
        value: an objective.
        nothing: the objective of doing nothing.
    """
    return ROUNDING * max(abs(value), abs(nothing))


def held_bound(bound: float | None, value: float, room: float, what: str) -> float | None:
    """A bound that no value is better than; only rounding is taken off it.

    Raises:
        SolverFailed: the value is better than the bound by more than rounding: one is wrong.
    """
    if bound is None:
        return None
    if bound > value + room:
        raise SolverFailed(
            f"{what}: the solver proved that nothing is better than {bound:.9g}, yet its own plan "
            f"comes to {value:.9g}. One of the two is wrong, so no plan is returned: solve again "
            "with another seed, and look for figures a million times larger or smaller than the "
            "others."
        )
    return min(bound, value)

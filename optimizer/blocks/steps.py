"""Further steps of a lexicographic objective, from the rows of `steps`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from optimizer.instance import Instance


class FurtherStep(NamedTuple):
    """One step of a lexicographic objective after the first."""

    sense: Literal["minimise", "maximise"]
    weights: dict[str, float]
    """What a unit of each criterion weighs in what is minimised."""
    tolerance: float
    """How much of its size the step before may give up."""


def further_steps(instance: Instance) -> list[FurtherStep]:
    """The steps after the first, in order."""
    found = []
    for number in sorted({row.step for row in instance.steps}):
        rows = [row for row in instance.steps if row.step == number]
        sign = 1.0 if rows[0].sense == "minimise" else -1.0
        weights = {row.criterion: sign * row.weight for row in rows}
        found.append(FurtherStep(rows[0].sense, weights, rows[0].tolerance_share))
    return found

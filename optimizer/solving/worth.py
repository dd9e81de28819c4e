"""What the worth of a plan is made of: the undisturbed world, disruptions, risk, public funds.

Enters: a solution, and the world without the fund. Leaves: `WorthParts` in M$, where the objective
is expected cost with the terms that come with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.plan import WorthParts
from optimizer.program.criteria import undisturbed_cost

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from optimizer.blocks.parameters import Parameters
    from optimizer.program.stamped import Stamped
    from optimizer.solving.doing_nothing import Nothing

    Floats = NDArray[np.float64]


def worth_parts(
    stamped: Stamped, x: Floats, criteria: dict[str, float], nothing: Nothing
) -> WorthParts | None:
    """The parts of a plan's worth; None where its objective is not expected cost.

    Args:
        stamped: the program.
        x: the plan's solution.
        criteria: its criteria.
        nothing: the world without the fund.
    """
    objective = stamped.worlds.q.instance.settings.objective
    if not objective.is_expected_cost:
        return None
    saved = {name: value - criteria[name] for name, value in nothing.criteria.items()}
    undisturbed = nothing.undisturbed_cost - undisturbed_cost(stamped, x)
    return WorthParts(
        undisturbed=undisturbed,
        disruptions=saved["expected_cost"] - undisturbed,
        risk=objective.risk_weight * saved["tail_shortage"],
        public_funds=saved["public_funds_cost"],
        salvage=_salvage(stamped, x),
    )


def _salvage(stamped: Stamped, x: Floats) -> float:
    """Salvage of what the plan builds inside, less that of what would have come by itself, M$."""
    q, places = stamped.worlds.q, stamped.investment.places("w")
    total = 0.0
    for p in q.candidates:
        started = [t for t in q.windows[p] if x[places[p, t]] > 0.5]
        total += _left(q, p, started[0]) if started else 0.0
        alone = q.candidates[p].goes_ahead_alone
        total -= _left(q, p, alone) if alone in q.windows[p] else 0.0
    return total


def _left(q: Parameters, p: str, start: int | None) -> float:
    """What of a building cost outlives the horizon after a start, in present value, M$."""
    project = q.candidates[p]
    if start is None or not q.inside(project):
        return 0.0
    return project.capex_musd * q.pv_profile(project, start) * q.salvage(project, start)

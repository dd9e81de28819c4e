"""What a proof says of worth and status against what follows from its own numbers.

Enters: a plan. Leave: the rows in which its proof contradicts itself. The bound is the solver's
word, of which only the arithmetic can be checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.checker.rows import Rows, at_most, equal, holds

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Plan

ROUNDING = 1e-6
"""Share of the larger of objective and do-nothing below which a distance is rounding."""


def stated_worth(instance: Instance, plan: Plan) -> list[Rows]:
    """Worth = do-nothing − objective + policy penalties, and the gap of worth is a share of it.

    In the sense of the objective: what is maximised has the sign turned.
    """
    proof = plan.proof
    if proof.objective is None or proof.do_nothing is None or proof.worth is None:
        return [holds(np.array(False), (), "do-nothing and worth are not both stated")]
    sign = 1.0 if instance.settings.objective.sense == "minimise" else -1.0
    penalty = plan.criteria.get("policy_penalty", 0.0)
    right = sign * (proof.do_nothing - proof.objective) + penalty
    what = f"the plan says {proof.worth:.9g}, do-nothing less objective and penalties: {right:.9g}"
    rows = [equal(proof.worth, right, (), what)]
    share = proof.gap_against_doing_nothing
    if share is not None and (proof.bound is None or proof.worth <= 0):
        rows.append(holds(np.array(False), (), "a gap of worth is stated without bound or worth"))
    elif share is not None and proof.bound is not None:
        distance, spanned = abs(proof.objective - proof.bound), share * proof.worth
        what = f"the gap of worth spans {spanned:.9g}, objective and bound are {distance:.9g} apart"
        rows.append(equal(spanned, distance, (), what))
    return rows


def stated_status(plan: Plan) -> list[Rows]:
    """An optimal plan is within the gaps asked for, or within what further steps were granted."""
    proof, asked = plan.proof, plan.options
    if proof.objective is None or proof.status == "feasible":
        return [holds(np.array(True), (), "")]
    if proof.status != "optimal":
        return [holds(np.array(False), (), f"there is a plan, and its status is {proof.status}")]
    if proof.bound is None:
        return [holds(np.array(False), (), "said to be optimal, and no bound is stated")]
    distance = abs(proof.objective - proof.bound)
    room = ROUNDING * max(abs(proof.objective), abs(proof.do_nothing or 0.0))
    allowed = asked.gap * abs(proof.objective)
    if proof.worth is not None and proof.worth > 0:
        allowed = min(allowed, asked.worth_gap * proof.worth)
    if proof.stopped_by == "tolerance":
        allowed = proof.granted or 0.0
    what = f"said to be optimal within {allowed:.9g}, and the bound is {distance:.9g} away"
    by = f"said to be optimal, and stopped by {proof.stopped_by}"
    return [
        at_most(distance, allowed + room, (), what),
        holds(np.array(proof.stopped_by in ("gap", "tolerance")), (), by),
    ]

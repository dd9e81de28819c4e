"""Priority: who is served first where a material is short.

Enters: a case. Leaves: the rows of rule 13 on segments that want the same material in the same
zone and have a rank, in kt per year.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.checker.policies import in_force, policy_years, value_in
from optimizer.checker.rows import Rows, at_most

if TYPE_CHECKING:
    from optimizer.checker.case import Case
    from optimizer.checker.rows import Array


def in_turn(case: Case, short: Array) -> list[Rows]:
    """No segment is served while one of better rank at its zone and material is short.

    What a policy of the kind `must_survive` grants the worse rank is its own. Judged where
    shortage has a price in the objective, because nothing else says who goes first.

    Args:
        case: instance and plan.
        short: what each segment goes short of, by block (kt).
    """
    pairs = _pairs(case)
    if not pairs or not _priced(case):
        return []
    free = np.minimum(case.answer.operation["served"], _shortable(case) - short)
    better, worse = (np.array(places, dtype=np.intp) for places in zip(*pairs, strict=True))
    labels = [case.instance.segments[place].id for place in worse]
    passed_over = np.minimum(free[:, worse], short[:, better])
    what = "is served while a segment of better rank goes short"
    return [at_most(passed_over, 0.0, (case.blocks, labels), what)]


def _pairs(case: Case) -> list[tuple[int, int]]:
    """Segments of better and of worse rank that want the same material in the same zone.

    One whose goods come back as scrap may be worth more than its own shortage, and is left out.
    """
    segments = case.instance.segments
    lent = {row.segment for row in case.instance.end_of_life}
    ranked = [
        (place, row)
        for place, row in enumerate(segments)
        if row.priority is not None and row.id not in lent
    ]
    return [
        (first, second)
        for first, row in ranked
        for second, other in ranked
        if (row.zone, row.material) == (other.zone, other.material)
        and (row.priority or 0) < (other.priority or 0)
    ]


def _priced(case: Case) -> bool:
    """Whether least cost alone decides who goes short.

    A tonne short costs something in every scenario, and neither fairness nor bounds on criteria
    nor further steps have a say.
    """
    if in_force(case, "fairness", "criterion_bound") or case.instance.steps:
        return False
    objective = case.instance.settings.objective
    cost, mean = objective.minimised("expected_cost"), objective.minimised("mean_shortage_cost")
    return cost + mean > 0


def _shortable(case: Case) -> Array:
    """What each segment may be short of by the policies of rule 19, by block (kt)."""
    answer, segments = case.answer, case.instance.segments
    most = np.full(answer.operation["served"].shape, np.inf)
    demand = case.worlds.demand[answer.scenario, answer.year]
    for policy in in_force(case, "must_survive"):
        of = np.array([policy.segment in (None, row.id) for row in segments], dtype=bool)
        within = policy_years(case, policy)
        for block in np.flatnonzero(answer.serves_marked):
            year = case.years[answer.year[block]]
            if year in within:
                granted = value_in(case, policy, year) * demand[block]
                most[block, of] = np.minimum(most[block, of], granted[of])
    return most

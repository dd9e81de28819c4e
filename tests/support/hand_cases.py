"""Instances and plans argued by hand that together have every rule in them.

Each has a module of its own; a planted error is planted in the first that has room for it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from tests.support import (
    hand_failure,
    hand_finance,
    hand_operation,
    hand_plans,
    hand_promises,
    hand_reserve,
    hand_royalties,
    hand_shared,
)

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Plan


class HandCase(NamedTuple):
    """An instance and a plan for it that breaks no rule."""

    name: str
    instance: Instance
    plan: Plan


@cache
def hand_cases() -> tuple[HandCase, ...]:
    """Every hand-argued case, made once: instances and plans are not changed."""
    return (
        HandCase("portfolio", hand_plans.hand_instance(), hand_plans.hand_plan()),
        HandCase("finance", hand_finance.finance_instance(), hand_finance.finance_plan()),
        HandCase("operation", hand_operation.hand_instance(), hand_operation.hand_plan()),
        HandCase("promises", hand_promises.hand_instance(), hand_promises.hand_plan()),
        HandCase("reserve", hand_reserve.hand_instance(), hand_reserve.hand_plan()),
        HandCase("royalties", hand_royalties.hand_instance(), hand_royalties.hand_plan()),
        HandCase("failure", hand_failure.hand_instance(), hand_failure.hand_plan()),
        HandCase("shared", hand_shared.hand_instance(), hand_shared.hand_plan()),
    )

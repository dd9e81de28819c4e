"""Strained worlds: the same instance with less salvage, cheaper shortage, or shocks at other times.

Enters: an instance. Leaves: the instance with one assumption changed, on which a plan's worth leans
and which nobody can be sure of. Nothing is validated again: what is changed is what the world does,
and not what anybody submits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.instance.records import Shock


def with_salvage(instance: Instance, factor: float) -> Instance:
    """The instance in which so much less of what outlives the horizon counts."""
    share = factor * instance.settings.salvage_share
    settings = instance.settings.replaced(salvage_share=share)
    return instance.model_copy(update={"settings": settings})


def with_shortage_costs(instance: Instance, factor: float) -> Instance:
    """The instance in which going short costs so many times what it did.

    The penalties of soft policies change as much, so that they stay below the first tranche
    (rule 17) and nobody goes short to keep a share.
    """
    tranches = tuple(
        row.replaced(cost_usd_per_t=factor * row.cost_usd_per_t) for row in instance.tranches
    )
    policies = tuple(
        row.replaced(penalty_usd_per_t=factor * row.penalty_usd_per_t) for row in instance.policies
    )
    return instance.model_copy(update={"tranches": tranches, "policies": policies})


def with_shocks_moved(instance: Instance, years: int) -> tuple[Instance, int]:
    """The instance in which every shock comes so many years later (below 0: earlier).

    Each keeps its length, and its part within the horizon counts. Delays and failures have no date
    of their own and stay.

    Returns:
        The instance, and how many shocks no year of the horizon is left of.
    """
    shocks = tuple(
        shock.model_copy(
            update={"first_year": shock.first_year + years, "last_year": shock.last_year + years}
        )
        for shock in instance.shocks
    )
    gone = sum(
        _counts(instance, before) and not _counts(instance, after)
        for before, after in zip(instance.shocks, shocks, strict=True)
    )
    return instance.model_copy(update={"shocks": shocks}), gone


def has_shocks(instance: Instance) -> bool:
    """Whether a shock changes anything within the horizon."""
    return any(_counts(instance, shock) for shock in instance.shocks)


def _counts(instance: Instance, shock: Shock) -> bool:
    """Whether a shock changes anything within the horizon."""
    settings = instance.settings
    within = shock.first_year <= settings.last_year and shock.last_year >= settings.first_year
    return shock.changes and within

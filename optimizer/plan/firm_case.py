"""A case of how firm a plan is: what its choice would be worth where something is otherwise."""

from typing import Literal

from optimizer.instance.records import Record

FirmName = Literal[
    "half_salvage", "half_shortage_cost", "shocks_earlier", "shocks_later", "failures"
]


class FirmCase(Record):
    """What a plan's choice would be worth where something is otherwise: the solver's word."""

    case: FirmName
    """half_salvage: what outlives the horizon counts by half; half_shortage_cost: going short costs
    half (and missing a soft policy, too); shocks_earlier and shocks_later: every shock comes two
    years sooner or later; failures: what is started or committed fails by its chance, by draw."""
    ended: Literal["done", "cut_short", "not_kept", "not_solved"] = "done"
    """cut_short: the time limit or an interruption came first, after `draws` draws; not_kept: no
    money and operation keep the rules then; not_solved: the solver gave no answer to trust."""
    worth: float | None = None
    """What the same choice is better by than doing nothing, both in that world: of draws, the
    mean. None where there is none."""
    cost_saved: float | None = None
    """Expected cost that it saves, M$; of draws, the mean."""
    standard_error: float | None = None
    """Of the mean worth of draws; 0 where all combinations were worked out."""
    low: float | None = None
    """What it is worth at most in the worst twentieth of the draws: less in none of the others."""
    loss_share: float | None = None
    """Share of the draws in which it is worth less than nothing."""
    draws: int = 0
    """Draws, or combinations, that were worked out."""
    is_complete: bool = False
    """Whether these are combinations, by their probability, and no draws."""
    gone: int = 0
    """Shocks that lie outside the horizon when moved."""

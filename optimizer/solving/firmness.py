"""How firm: a plan's choice priced again where what its worth leans on is otherwise.

Enters: an instance and a plan. Leaves: the plan with what its choice would be worth with half of
the salvage, with shortage at half its cost, with every shock two years earlier and later, and in
draws of failures. All by linear programs, one case after the other, as far as time allows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from optimizer.blocks.worlds import Worlds
from optimizer.errors import InvalidPlan, SolverFailed
from optimizer.highs.process import Stop
from optimizer.plan import Options, altered
from optimizer.plan.firm_case import FirmCase
from optimizer.program.encode import encode_first_stage
from optimizer.program.prepared import stamp_prepared
from optimizer.scenarios.strained import (
    has_shocks,
    with_salvage,
    with_shocks_moved,
    with_shortage_costs,
)
from optimizer.solving.draws import DrawnWorlds, all_of, drawn, risky_of
from optimizer.solving.repricing import choice_of, repriced
from optimizer.solving.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from optimizer.highs.process import Progress
    from optimizer.instance import Instance
    from optimizer.plan import Plan
    from optimizer.plan.firm_case import FirmName
    from optimizer.solving.repricing import Repriced

    Floats = NDArray[np.float64]

HALF: Final = 0.5
MOVED_YEARS: Final = 2
LOW: Final = 0.05
"""Share of the draws of which the low worth is the largest."""
TOLD: Final = 20
"""Draws between two reports of progress."""
NOTHING: Final = 1e-9
"""Share of the largest worth that is no loss but rounding."""


def firm(
    instance: Instance,
    plan: Plan,
    options: Options | None = None,
    *,
    progress: Callable[[Progress], None] | None = None,
    stop: Stop | None = None,
) -> Plan:
    """Say how firm a saved plan is.

    Args:
        instance: what the plan is for.
        plan: a plan that was found.
        options: seed, time limit and draws; the plan's own, without a time limit, if not given.
        progress: called with how far it is, from this thread.
        stop: counts requests to stop, after which the cases are kept that are there.

    Returns:
        The plan with `proof.firm`.

    Raises:
        InvalidPlan: the plan holds no choice, or is of another instance.
        KeyboardInterrupt: Ctrl-C was pressed twice.
    """
    if not plan.found:
        raise InvalidPlan("there is no plan in it whose choice could be priced again")
    if plan.instance_hash != instance.content_hash:
        raise InvalidPlan(
            f"the plan is of another instance: {plan.instance_id} {plan.instance_hash[:16]}…, this "
            f"is {instance.settings.id} {instance.content_hash[:16]}…"
        )
    options = options or plan.options.replaced(time_limit_s=None)
    session = Session(options, progress, stop or Stop())
    with session.stop.on_interrupt():
        return with_firmness(instance, plan, session)


def with_firmness(instance: Instance, plan: Plan, session: Session) -> Plan:
    """The plan with how firm it is, as far as time allows."""
    cases = (*_fixed_cases(instance, plan, session), *_draws(instance, plan, session))
    return altered(plan, proof=plan.proof.replaced(firm=cases))


@dataclass(frozen=True)
class _World:
    """A case in which one assumption is otherwise."""

    case: FirmName
    instance: Instance
    gone: int = 0


def _worlds(instance: Instance) -> Iterator[_World]:
    yield _World("half_salvage", with_salvage(instance, HALF))
    yield _World("half_shortage_cost", with_shortage_costs(instance, HALF))
    if has_shocks(instance):
        yield _World("shocks_earlier", *with_shocks_moved(instance, -MOVED_YEARS))
        yield _World("shocks_later", *with_shocks_moved(instance, MOVED_YEARS))


def _fixed_cases(instance: Instance, plan: Plan, session: Session) -> Iterator[FirmCase]:
    """The cases of which each is one world."""
    choice: Floats | None = None
    for world in _worlds(instance):
        if session.over:
            yield FirmCase(case=world.case, ended="cut_short", gone=world.gone)
            continue
        session.tell(f"how firm: {SAID[world.case]}")
        if choice is None:
            choice = _choice(instance, plan)
        yield _in_a_world(world, choice, session)


def _in_a_world(world: _World, choice: Floats, session: Session) -> FirmCase:
    """What the choice is worth in a world; a failure of the solver leaves the plan as it is."""
    try:
        found = repriced(world.instance, choice, session)
    except SolverFailed:
        return FirmCase(case=world.case, ended="not_solved", gone=world.gone)
    if found is None:
        return FirmCase(case=world.case, ended="not_kept", gone=world.gone)
    worth, saved = found
    return FirmCase(case=world.case, worth=worth, cost_saved=saved, gone=world.gone)


SAID: Final = {
    "half_salvage": "half of the salvage",
    "half_shortage_cost": "shortage at half its cost",
    "shocks_earlier": "shocks two years earlier",
    "shocks_later": "shocks two years later",
}
"""What is being done, in words."""


def _choice(instance: Instance, plan: Plan) -> Floats:
    """The plan's whole decisions, in the order of the program's."""
    stamped = stamp_prepared(Worlds.of(instance))
    return choice_of(stamped, encode_first_stage(stamped, plan.tables))


def _draws(instance: Instance, plan: Plan, session: Session) -> tuple[FirmCase, ...]:
    """The case of failures that are drawn; none where nothing can fail, or scenarios say who does.

    Where there are no more combinations than draws, all are worked out. Draws are taken in their
    order until time is up, so that those that were worked out are a sample as all are.
    """
    risky = risky_of(instance, plan)
    if not risky or instance.settings.failure == "drawn":
        return ()
    if session.over:
        return (FirmCase(case="failures", ended="cut_short"),)
    session.tell("how firm: draws of failures")
    work_out = _enumerated if 2 ** len(risky) <= session.options.firm_draws else _sampled
    try:
        return (work_out(DrawnWorlds(instance, plan, session), session),)
    except SolverFailed:
        return (FirmCase(case="failures", ended="not_solved"),)


def _enumerated(worlds: DrawnWorlds, session: Session) -> FirmCase:
    """Every combination of failures, by its probability."""
    combinations = all_of(worlds.risky)
    found = []
    for number, one in enumerate(combinations):
        if session.over:
            return FirmCase(case="failures", ended="cut_short", draws=number, is_complete=True)
        found.append(worlds.worth(one.fails))
        _tell(number + 1, len(combinations), "combinations", session)
    shares = np.array([one.share for one in combinations])
    return _spread(found, shares).replaced(standard_error=0.0, is_complete=True)


def _sampled(worlds: DrawnWorlds, session: Session) -> FirmCase:
    """So many draws, or those that there was time for."""
    asked = session.options.firm_draws
    found = []
    for number, fails in enumerate(drawn(worlds.risky, asked, session.options.seed)):
        if session.over:
            break
        found.append(worlds.worth(fails))
        _tell(number + 1, asked, "draws", session)
    if not found:
        return FirmCase(case="failures", ended="cut_short")
    number = len(found)
    case = _spread(found, np.full(number, 1 / number))
    if number > 1:
        spread = float(np.std([one.worth for one in found], ddof=1))
        case = case.replaced(standard_error=spread / math.sqrt(number))
    return case if number == asked else case.replaced(ended="cut_short")


def _spread(found: Sequence[Repriced], shares: Floats) -> FirmCase:
    """Mean, low worth and the share of losses of some draws that count by their shares.

    The low worth is the least of which at least the share `LOW` is no better.
    """
    worth, saved = np.array(found).T
    order = np.argsort(worth, kind="stable")
    below = np.cumsum(shares[order])
    at = min(int(np.searchsorted(below, LOW * (1 - NOTHING))), len(order) - 1)
    size = float(np.abs(worth).max())
    return FirmCase(
        case="failures",
        worth=float(shares @ worth),
        cost_saved=float(shares @ saved),
        low=float(worth[order[at]]),
        loss_share=float(shares[worth < -NOTHING * size].sum()),
        draws=len(found),
    )


def _tell(number: int, of: int, what: str, session: Session) -> None:
    if number % TOLD == 0:
        session.tell(f"how firm: {number:,} of {of:,} {what} of failures")

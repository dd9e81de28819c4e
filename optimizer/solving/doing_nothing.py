"""Doing nothing: the world without the fund, which every plan is judged against.

Neither policies nor money nor the fund's objective change that world, which is always operated at
least expected cost (and the tail, as much as the objective weighs it). So what-ifs that change
nothing else share its answer: this process keeps the last few.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from optimizer.blocks.worlds import Worlds
from optimizer.program.criteria import criteria_of, undisturbed_cost
from optimizer.program.prepared import stamp_prepared
from optimizer.program.purse import without_purse
from optimizer.program.readback import tables_of

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Tables
    from optimizer.solving.session import Session

KEPT: Final = 16
"""Answers that are kept."""


class Operated(NamedTuple):
    """How the world without the fund is operated, whatever the fund's objective weighs."""

    criteria: dict[str, float]
    undisturbed_cost: float
    tables: Tables


@dataclass(frozen=True)
class Nothing:
    """The world without the fund."""

    value: float
    """What it scores by the first step of the instance's objective, as it is minimised."""
    criteria: dict[str, float]
    undisturbed_cost: float
    """Its expected cost if the nominal scenario were certain, M$."""
    tables: Tables


def without_fund(instance: Instance) -> Instance:
    """The world without the fund: no policies and contracts, only what goes ahead alone."""
    projects = tuple(
        p.replaced(earliest_start=p.goes_ahead_alone, locked="free")
        if p.goes_ahead_alone and p.locked != "out"
        else p.replaced(locked="out")
        if p.status == "candidate"
        else p
        for p in instance.projects
    )
    without = {"policies": (), "relations": (), "contracts": (), "steps": ()}
    return instance.model_copy(update={"projects": projects} | without)


def doing_nothing(instance: Instance, session: Session) -> Nothing:
    """What doing nothing comes to, from what is kept or by solving it.

    Raises:
        SolverFailed: the linear program did not end.
    """
    world = world_of(instance)
    key = (world.content_hash, session.options.seed)
    operated = _answers.get(key)
    if operated is None:
        stamped = stamp_prepared(Worlds.of(world))
        x = session.linear(stamped.program.relaxed(), "doing nothing")
        operated = Operated(
            criteria_of(stamped, x), undisturbed_cost(stamped, x), tables_of(stamped, x)
        )
        _answers.put(key, operated)
    weights = instance.settings.objective.first_step
    value = sum(weight * operated.criteria[name] for name, weight in weights.items())
    return Nothing(value, operated.criteria, operated.undisturbed_cost, operated.tables)


def world_of(instance: Instance) -> Instance:
    """The world without the fund and its money, operated at least expected cost."""
    return at_least_cost(without_purse(without_fund(instance)))


def at_least_cost(world: Instance) -> Instance:
    """The same world operated at least expected cost, whatever the fund's objective is."""
    economic = {"objective": world.settings.objective.economic, "cost_of_public_funds": 0.0}
    settings = world.settings.model_copy(update=economic)
    return world.model_copy(update={"settings": settings, "benefits": ()})


class _Answers:
    """The last answers, by world and seed; several threads may ask."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int], Operated] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, int]) -> Operated | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: tuple[str, int], answer: Operated) -> None:
        with self._lock:
            self._kept[key] = answer
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)


_answers = _Answers()

"""Doing nothing: the world without the fund, which every plan is judged against.

Neither policies nor money change that world, so what-ifs that change nothing else share its answer:
this process keeps the last few.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from optimizer.blocks.worlds import Worlds
from optimizer.program.criteria import criteria_of
from optimizer.program.prepared import stamp_prepared
from optimizer.program.purse import without_purse
from optimizer.program.readback import tables_of

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Tables
    from optimizer.solving.session import Session

KEPT: Final = 16
"""Answers that are kept."""


@dataclass(frozen=True)
class Nothing:
    """The world without the fund: what the first step minimises, the criteria, the operation."""

    value: float
    criteria: dict[str, float]
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
    world = without_purse(without_fund(instance)).model_copy(update={"benefits": ()})
    key = (world.content_hash, session.options.seed)
    kept = _answers.get(key)
    if kept is None:
        stamped = stamp_prepared(Worlds.of(world))
        x = session.linear(stamped.program.relaxed(), "doing nothing")
        kept = Nothing(stamped.program.value(x), criteria_of(stamped, x), tables_of(stamped, x))
        _answers.put(key, kept)
    return kept


class _Answers:
    """The last answers, by world and seed; several threads may ask."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int], Nothing] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, int]) -> Nothing | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: tuple[str, int], answer: Nothing) -> None:
        with self._lock:
            self._kept[key] = answer
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)


_answers = _Answers()

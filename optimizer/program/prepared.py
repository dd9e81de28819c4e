"""Prepared programs: what is compiled is kept, and a what-if that it holds for is stamped at once.

Compiling reads an instance and nothing else. So what was read is written down, table by table and
setting by setting, and what came of it holds for every instance in which all of that is the same.
Nobody has to say of which kind a change is: one of supply leaves both models as they are, one of
demand the investment, and one of plants or policies neither.
The members' own money is put into what is compiled, so that budgets compile nothing (`purse`).
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from optimizer.blocks.network import Network
from optimizer.blocks.parameters import Parameters
from optimizer.blocks.shares import Shares
from optimizer.program.purse import with_purse, without_purse
from optimizer.program.stamp import stamp_compiled

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.blocks.worlds import Worlds
    from optimizer.instance import Instance
    from optimizer.program.compiled import Compiled
    from optimizer.program.stamped import Stamped

KEPT: Final = 4
"""Compiled models of each kind that are kept: those of the last instances that differ in them."""
SETTINGS = "settings"


def stamp_prepared(worlds: Worlds) -> Stamped:
    """Stamp every block, and compile only what no compiled model at hand holds for."""
    return stamp_compiled(worlds, prepared_investment(worlds.q), _years.of(worlds.q.instance))


def prepared_investment(q: Parameters) -> Compiled:
    """The first stage of an instance, compiled only where nothing at hand holds for it."""
    return with_purse(_investments.of(without_purse(q.instance)), q)


class Reading:
    """Something whose attributes can be read, and that knows afterwards which were."""

    def __init__(self, value: object) -> None:
        """Begin with nothing read."""
        self._value = value
        self.read: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        """The attribute, which counts as read from now on."""
        if name not in self.read:
            self.read[name] = getattr(self._value, name)
        return self.read[name]

    def holds_for(self, other: object) -> bool:
        """Whether all that was read is the same of another value."""
        return all(_same(value, getattr(other, name)) for name, value in self.read.items())


class InstanceReading(Reading):
    """The same of an instance, whose settings are read one by one."""

    def __init__(self, instance: Instance) -> None:
        """Begin with nothing read."""
        super().__init__(instance)
        self.read[SETTINGS] = Reading(instance.settings)


def _same(value: object, other: object) -> bool:
    return value.holds_for(other) if isinstance(value, Reading) else value == other


@dataclass(frozen=True)
class _Entry:
    reading: InstanceReading
    compiled: Compiled


class _Kept:
    """The last compiled models of one kind; several threads may ask."""

    def __init__(self, make: Callable[[Parameters], Compiled]) -> None:
        self._make = make
        self._entries: deque[_Entry] = deque(maxlen=KEPT)
        self._lock = threading.Lock()

    def of(self, instance: Instance) -> Compiled:
        """A model that holds for an instance, compiled now if none does."""
        with self._lock:
            entries = list(self._entries)
        for entry in entries:
            if entry.reading.holds_for(instance):
                return entry.compiled
        reading = InstanceReading(instance)
        made = self._make(Parameters(cast("Instance", reading)))
        with self._lock:
            self._entries.append(_Entry(reading, made))
        return made

    def forget(self) -> None:
        """Keep nothing of what was compiled."""
        with self._lock:
            self._entries.clear()


def _investment(q: Parameters) -> Compiled:
    from optimizer.program.compile import compile_investment

    return compile_investment(q)


def _year(q: Parameters) -> Compiled:
    from optimizer.program.compile import compile_year

    return compile_year(Shares(Network(q)))


_investments, _years = _Kept(_investment), _Kept(_year)


def forget() -> None:
    """Compile everything anew from here on, as after a change of the rules themselves."""
    _investments.forget()
    _years.forget()

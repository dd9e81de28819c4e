"""How long a sign of life may fail to come, in time that the one who waits was awake itself.

A wall clock jumps, a machine is suspended, a loaded one runs nobody for a while. So what counts is
the time between looks, and of each look a little at most: whoever could not look himself knows
nothing of others.
"""

from __future__ import annotations

import time

LOOK_S = 1.0


class Patience:
    """Of one who waits for signs of something."""

    def __init__(self, most_s: float, look_s: float = LOOK_S) -> None:
        """Begin to wait.

        Args:
            most_s: how long to wait.
            look_s: the most that may pass from one look to the next; more is not counted.
        """
        self.most_s = most_s
        self._look_s = look_s
        self.renew()

    def renew(self) -> None:
        """A sign has come."""
        self.waited_s = 0.0
        self._looked = time.monotonic()

    def is_over(self) -> bool:
        """Look: whether no sign has come for too long."""
        moment = time.monotonic()
        self.waited_s += min(moment - self._looked, self._look_s)
        self._looked = moment
        return self.waited_s > self.most_s

"""Progress on standard error: one live line on a terminal, else a plain line now and then."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from rich.status import Status

    from optimizer.highs.process import Progress

PLAIN_EVERY_S = 2.0


class ProgressLine:
    """Tells how far a solve has come; the value of the best plan is in its natural sign."""

    def __init__(self, *, maximise: bool) -> None:
        self._sign = -1.0 if maximise else 1.0
        self._live: Status | None = None
        self._last = 0.0
        self._said: tuple[str, bool] = ("", False)
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        """Open the live line where a person is watching."""
        if sys.stderr.isatty():
            from rich.console import Console

            self._live = Console(stderr=True).status("building the model")
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        trouble: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        if self._live:
            self._live.stop()

    def tell(self, progress: Progress) -> None:
        """Show one report of the solver."""
        text = self._text(progress)
        if self._live:
            self._live.update(text)
            return
        now = time.monotonic()
        said = (progress.stage, progress.incumbent is not None)
        if said == self._said and now - self._last < PLAIN_EVERY_S:
            return
        self._last, self._said = now, said
        sys.stderr.write(text + "\n")
        sys.stderr.flush()

    def _text(self, progress: Progress) -> str:
        parts = []
        if progress.incumbent is not None:
            parts.append(f"best {self._sign * progress.incumbent:,.2f}")
        if progress.bound is not None:
            parts.append(f"bound {self._sign * progress.bound:,.2f}")
        if progress.incumbent is not None and progress.gap is not None:
            parts.append(f"gap {100 * progress.gap:.3f} %")
        parts.append(f"{time.monotonic() - self._began:.0f} s")
        return f"{progress.stage}: {', '.join(parts)}"

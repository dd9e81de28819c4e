"""The rules in Pyomo, one function each; `model.build` is their table of contents.

They need `pyomo.core` alone. `pyomo.environ` holds the same names, and loads every plug-in of Pyomo
first: solvers and transformations that nothing here uses. Who needs Pyomo elsewhere takes it from
here, so that it is loaded in this way.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _without_scipy_stats() -> Iterator[None]:
    """Import Pyomo and leave scipy alone.

    Pyomo imports scipy.stats where scipy is there already, and later once anybody imports scipy.
    Nothing here needs it, and it takes a second of CPU at every start. Pyomo still finds scipy
    where it uses it.
    """
    hidden = sys.modules.pop("scipy", None)
    try:
        yield
        from pyomo.common.dependencies import DeferredImportCallbackFinder

        DeferredImportCallbackFinder._callbacks.pop("scipy", None)
    finally:
        if hidden is not None:
            sys.modules["scipy"] = hidden


with _without_scipy_stats():
    import pyomo.core as pyo
    from pyomo.repn.linear import LinearRepnVisitor
    from pyomo.repn.util import OrderedVarRecorder

__all__ = ["LinearRepnVisitor", "OrderedVarRecorder", "pyo"]

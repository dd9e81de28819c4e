"""Build and hand over 300 projects × 15 years × 50 scenarios, three ways, one process each.

    python -m benchmarks.building stamped | idiomatic | floor

stamped    ours: Pyomo once, numpy for the rest, flat arrays to HiGHS
idiomatic  the same rules as one Pyomo model, handed over by Pyomo's own appsi_highs
floor      nothing but handing finished arrays over

Every year of every scenario differs, so that no year is shared and all ways make the same model.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.generate import Size, generate

SIZE = Size(300, 15, 50, distinct=True)


def stamped() -> float:
    """CPU seconds of our way."""
    import highspy

    from optimizer.blocks.worlds import Worlds
    from optimizer.highs.handover import hand_over
    from optimizer.program.stamp import stamp

    instance = generate(SIZE)
    began = time.process_time()
    arrays = stamp(Worlds.of(instance)).program.arrays()
    hand_over(highspy.Highs(), arrays)
    return time.process_time() - began


def idiomatic() -> float:
    """CPU seconds of the whole Pyomo model through appsi_highs."""
    from pyomo.contrib.appsi.solvers.highs import Highs

    from benchmarks.idiomatic import build_whole
    from optimizer.blocks.worlds import Worlds

    worlds = Worlds.of(generate(SIZE))
    began = time.process_time()
    Highs().set_instance(build_whole(worlds))
    return time.process_time() - began


def floor() -> float:
    """CPU seconds of passModel on arrays that another process has stamped."""
    import highspy

    from optimizer.highs.handover import hand_over

    path = Path(tempfile.gettempdir()) / f"lodestone-floor-{SIZE.projects}.npz"
    with np.load(path) as file:
        arrays = dict(file)
    began = time.process_time()
    hand_over(highspy.Highs(), arrays)
    return time.process_time() - began


def stamp_to_file() -> float:
    """Write the arrays for `floor`; not measured."""
    from optimizer.blocks.worlds import Worlds
    from optimizer.program.stamp import stamp

    path = Path(tempfile.gettempdir()) / f"lodestone-floor-{SIZE.projects}.npz"
    stamp(Worlds.of(generate(SIZE))).program.save(path)
    return 0.0


def main() -> None:
    """Do one way and print what it took."""
    ways: dict[str, Any] = {
        "stamped": stamped,
        "idiomatic": idiomatic,
        "floor": floor,
        "stamp_to_file": stamp_to_file,
    }
    cpu_s = ways[sys.argv[1]]()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"cpu_s": cpu_s, "peak_mb": peak_mb}) + "\n")


if __name__ == "__main__":
    main()

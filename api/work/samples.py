"""The samples of a new installation: instances that can be solved at once, and deleted like others.

They are read in a process that ends with it, so that the supervisor stays small.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

from api.resources.examined import Examined
from api.store.bootstrap import Sample
from api.work import guard

log = logging.getLogger(__name__)


def samples() -> tuple[Sample, ...]:
    """The bundled instances; none where they cannot be read, which stops no service."""
    reader = guard.start("api.work.samples", bare=True, stdout=subprocess.PIPE)
    with reader:
        assert reader.stdout is not None
        lines = reader.stdout.read().splitlines()
    if reader.returncode:
        log.error("the sample instances could not be read")
        return ()
    return tuple(_sample(line) for line in lines)


def main() -> None:
    """Write each bundled instance and what is known of it as a line of JSON."""
    guard.bind()
    from api.reading import tasks
    from optimizer.bundled import FOLDER, INSTANCES
    from optimizer.instance.formats import load

    for name in INSTANCES:
        read = tasks.examine(Path(), "json", load(FOLDER / name).canonical)
        assert isinstance(read, tasks.Read)
        line = {"document": read.document.decode(), "examined": read.examined._asdict()}
        sys.stdout.write(json.dumps(line) + "\n")


def _sample(line: bytes) -> Sample:
    found = json.loads(line)
    examined = found["examined"] | {"warnings": tuple(found["examined"]["warnings"])}
    return Sample(found["document"].encode(), Examined(**examined))


if __name__ == "__main__":
    main()

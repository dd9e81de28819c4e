"""What a command says and how it ends: output, complaints, exit codes."""

from __future__ import annotations

import json
import signal
import sys
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING, NoReturn

import typer

from optimizer.cli.output import takes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from optimizer.errors import Fault
    from optimizer.plan import Plan


FILE_SUFFIXES = frozenset(
    {".csv", ".html", ".json", ".md", ".ods", ".parquet", ".pdf", ".txt", ".xls", ".xlsm", ".xlsx",
     ".zip"}
)  # fmt: skip
"""Endings by which a name is one of a file."""


class Ending(IntEnum):
    """Exit code of each outcome."""

    DONE = 0
    FAILED = 1
    INVALID = 2
    INFEASIBLE = 3
    LIMIT_WITH_PLAN = 4
    LIMIT_WITHOUT_PLAN = 5
    INTERRUPTED = 130


def say(text: str) -> None:
    """Write a result; flushed, so that a closed pipe shows here and not at the end."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
    sys.stdout.flush()


def say_object(value: object) -> None:
    """Write a result as one JSON object; in ASCII where standard output does not know a letter."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    say(text if takes(text) else json.dumps(value, indent=1, allow_nan=False))


def complain(text: str) -> None:
    """Write what is wrong, or worth a look, to standard error."""
    sys.stderr.write(text + "\n")


def end(ending: Ending) -> NoReturn:
    """End the command."""
    raise typer.Exit(int(ending))


def keep_exit_code() -> None:
    """Let no Ctrl-C that comes while the process ends replace its exit code by a signal."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def refuse(message: str) -> NoReturn:
    """End the command because of how it was called."""
    complain(f"lodestone: {message}")
    end(Ending.INVALID)


def refuse_file_name(folder: Path, option: str) -> None:
    """Refuse the name of a file where a folder is to be written."""
    if folder.suffix.lower() in FILE_SUFFIXES and not folder.is_dir():
        refuse(
            f"{option} {folder}: a folder is written there, not a {folder.suffix} file; "
            f"for example {option} {folder.with_suffix('')}"
        )


def complain_of(faults: Iterable[Fault]) -> None:
    """Tell errors, then warnings, on standard error; what says the same is told in one line."""
    from optimizer.errors import grouped

    found = tuple(faults)
    for line in grouped([fault for fault in found if fault.level == "error"]):
        complain(line)
    for line in grouped([fault for fault in found if fault.level == "warning"]):
        complain(f"warning: {line}")


def object_of_faults(faults: Iterable[Fault]) -> dict[str, object]:
    """Faults as plain values, as `validate --json` gives them."""
    return {"valid": False, "faults": [fault._asdict() for fault in faults]}


@contextmanager
def plain_errors(*, as_json: bool = False) -> Iterator[None]:
    """End with a message and an exit code where this package or the file system refuses.

    Args:
        as_json: whether faults of an instance go to standard output as one JSON object.
    """
    from optimizer.errors import (
        InvalidCatalogue,
        InvalidInstance,
        InvalidOptions,
        InvalidPlan,
        InvalidSearch,
        OptimizerError,
    )

    try:
        yield
    except (InvalidCatalogue, InvalidInstance) as trouble:
        if as_json:
            say_object(object_of_faults(trouble.faults))
        else:
            complain_of(trouble.faults)
        end(Ending.INVALID)
    except (InvalidOptions, InvalidPlan, InvalidSearch) as trouble:
        refuse(str(trouble))
    except OptimizerError as trouble:
        complain(f"lodestone: {trouble}")
        end(Ending.FAILED)
    except KeyboardInterrupt:
        complain("lodestone: interrupted, nothing kept")
        end(Ending.INTERRUPTED)
    except BrokenPipeError:
        raise
    except OSError as trouble:
        where = f"{trouble.filename}: " if trouble.filename else ""
        complain(f"lodestone: {where}{trouble.strerror or trouble}")
        end(Ending.FAILED)


def ending_of(plan: Plan) -> Ending:
    """The exit code that says what came of a solve."""
    stated = plan.proof
    if stated.stopped_by == "interrupt":
        return Ending.INTERRUPTED
    if stated.status == "infeasible":
        return Ending.INFEASIBLE
    if stated.status == "optimal":
        return Ending.DONE
    return Ending.LIMIT_WITH_PLAN if plan.found else Ending.LIMIT_WITHOUT_PLAN

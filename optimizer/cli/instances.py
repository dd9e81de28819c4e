"""Commands on instances: validate, convert."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from optimizer.cli.outcomes import Ending, complain_of, end, plain_errors, say, say_object

if TYPE_CHECKING:
    from optimizer.errors import Fault
    from optimizer.instance import Instance

InstancePath = Annotated[
    Path,
    typer.Argument(
        metavar="INSTANCE", help="Folder of CSV files, .zip of one, .json, .xlsx, .xlsm or .ods."
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Write one JSON object instead of text to standard output.")
]


def validate(path: InstancePath, as_json: AsJson = False) -> None:
    """Tell every fault of an instance, with file and row.

    Faults and warnings go to standard error; a summary of what the instance holds, and of how much
    of it is assumed, to standard output.
    """
    from optimizer.instance.formats.reader import examine

    with plain_errors():
        instance, faults = examine(path)
        errors, warnings = counted(faults)
        if as_json:
            say_object(object_of(instance, faults))
        else:
            complain_of(faults)
            say(summary(path, instance, errors, warnings))
    if errors:
        end(Ending.INVALID)


def convert(
    source: InstancePath,
    target: Annotated[
        Path,
        typer.Argument(
            metavar="TARGET", help="Folder (no suffix), .json or .xlsx; what is there is replaced."
        ),
    ],
) -> None:
    """Write an instance in another format; nothing is lost either way."""
    from optimizer.instance import formats

    with plain_errors():
        formats.convert(source, target)


def counted(faults: "tuple[Fault, ...]") -> tuple[int, int]:
    """Numbers of errors and of warnings."""
    errors = sum(fault.level == "error" for fault in faults)
    return errors, len(faults) - errors


def summary(path: Path, instance: "Instance | None", errors: int, warnings: int) -> str:
    """What an instance holds, in a few lines."""
    found = f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}"
    if instance is None:
        return f"{path}: not valid; {found}"
    held = holdings(instance)
    projects = ", ".join(f"{count} {status}" for status, count in held["projects"].items())
    values = held["values"]
    return "\n".join(
        [
            f"{path}: valid; {found}",
            f"  instance   {held['instance']}: {held['title']}".rstrip(": "),
            f"  projects   {projects}",
            f"  years      {held['years'][0]} to {held['years'][-1]}",
            f"  scenarios  {held['scenarios']}",
            f"  values     {values['total']:,}, of which {values['assumed']:,} "
            f"({100 * values['share_assumed']:.0f} %) are assumed",
        ]
    )


def holdings(instance: "Instance") -> dict[str, Any]:
    """Counts of what an instance holds."""
    from optimizer.instance.validation import assumed_values

    assumed, total = assumed_values(instance)
    statuses = [project.status for project in instance.projects]
    settings = instance.settings
    return {
        "instance": settings.id,
        "title": settings.title,
        "instance_hash": instance.content_hash,
        "projects": {
            status: statuses.count(status) for status in ("candidate", "committed", "operating")
        },
        "years": [settings.first_year, settings.last_year],
        "scenarios": len(instance.scenarios),
        "values": {"total": total, "assumed": assumed, "share_assumed": assumed / max(1, total)},
    }


def object_of(instance: "Instance | None", faults: "tuple[Fault, ...]") -> dict[str, Any]:
    """What `validate --json` writes."""
    held = {} if instance is None else holdings(instance)
    return {"valid": instance is not None, **held, "faults": [fault._asdict() for fault in faults]}

"""What-ifs on the command line: the options that change an instance's data."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from optimizer.cli.outcomes import refuse

if TYPE_CHECKING:
    from optimizer.instance import Instance

Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change one value of the instance, for example policies.ID.value=0.4, "
        "settings.discount_rate=0.03 or demand.SEGMENT/2031.demand_t_per_year=900. Repeatable.",
    ),
]
FixIn = Annotated[
    list[str] | None,
    typer.Option(metavar="PROJECT", help="Force a candidate into the plan. Repeatable."),
]
FixOut = Annotated[
    list[str] | None,
    typer.Option(metavar="PROJECT", help="Keep a candidate out of the plan. Repeatable."),
]


def changed_instance(
    path: Path, sets: list[str] | None, fix_in: list[str] | None, fix_out: list[str] | None
) -> "Instance":
    """The instance at a path with the changes of a command line."""
    from optimizer.reader import load

    instance = load(path)
    values = assignments(sets or [])
    locks = [*(fix_in or []), *(fix_out or [])]
    for project in sorted(set(locks)):
        if locks.count(project) > 1 or f"projects.{project}.locked" in values:
            refuse(f"the lock of {project} is given more than once")
    if not (values or locks):
        return instance
    return instance.changed(values, fix_in=fix_in or (), fix_out=fix_out or ())


def assignments(sets: list[str]) -> dict[str, object]:
    """Values by path, from texts of the form PATH=VALUE."""
    values: dict[str, object] = {}
    for text in sets:
        path, equals, value = text.partition("=")
        path = path.strip()
        if not equals or not path:
            refuse(f"--set {text}: write PATH=VALUE, for example policies.ID.value=0.4")
        if path in values:
            refuse(f"--set {path} is given more than once")
        values[path] = value.strip()
    return values

"""Options of the command line as a whole."""

from typing import Annotated

import typer

from optimizer.cli.outcomes import say


def say_version(wanted: bool) -> None:
    """Say which version this is, and end."""
    if wanted:
        from importlib.metadata import version

        say(f"lodestone {version('lodestone')}")
        raise typer.Exit


def general(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=say_version, is_eager=True, help="Say the version and end."
        ),
    ] = False,
) -> None:
    """Chooses and proves an alliance's portfolio of critical-mineral projects."""

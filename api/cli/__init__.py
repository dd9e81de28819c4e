"""The whole command line: the optimizer's commands, and those that run the service.

The commands import what they need when they run: `lodestone solve` loads nothing of the service.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from api.cli.database import database
from api.cli.keys import keys
from api.cli.running import serve, worker
from api.cli.verify import verify
from optimizer.cli import app as optimizer_commands
from optimizer.cli.outcomes import keep_exit_code
from optimizer.cli.output import take_any_text
from optimizer.system.threads import compute_in_one_thread

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["app", "main"]

app = typer.Typer(
    name="lodestone",
    help=optimizer_commands.info.help,
    epilog=optimizer_commands.info.epilog,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=optimizer_commands.info.context_settings,
)
app.registered_callback = optimizer_commands.registered_callback
app.registered_commands += optimizer_commands.registered_commands
for command in (serve, worker, verify):
    app.command()(command)
app.add_typer(database, name="database")
app.add_typer(keys, name="keys")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; the process ends with the exit code of its outcome.

    Args:
        arguments: what follows `lodestone`; those of the process if not given.
    """
    take_any_text()
    compute_in_one_thread()
    try:
        app(arguments, prog_name="lodestone")
    finally:
        if arguments is None:
            keep_exit_code()

"""The command line: parse, call, print; one exit code for each outcome.

Results go to standard output, everything else to standard error. The commands import what they
need when they run, so that `lodestone --help` answers at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from optimizer.cli.catalogue import catalogue
from optimizer.cli.drafting import new
from optimizer.cli.firmness import firm
from optimizer.cli.general import general
from optimizer.cli.instances import convert, validate
from optimizer.cli.outcomes import keep_exit_code
from optimizer.cli.output import take_any_text
from optimizer.cli.plans import check, export, show
from optimizer.cli.solve import solve
from optimizer.system.threads import compute_in_one_thread

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["app", "main"]

EXIT_CODES = """\
Exit codes: 0 done, and for solve within the gap; 1 the solver failed, or the checker refuses a
plan; 2 usage, or an invalid instance or plan; 3 no plan can satisfy the rules; 4 a limit came
first, with a plan; 5 a limit came before any plan; 130 interrupted.
"""

app = typer.Typer(
    name="lodestone",
    help="Chooses and proves an alliance's portfolio of critical-mineral projects.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (validate, convert, solve, show, check, firm, export, catalogue, new):
    app.command()(command)
app.callback()(general)


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

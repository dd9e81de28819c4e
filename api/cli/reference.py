"""Write what the documents say of commands and settings, from the commands and settings.

That is `docs/command-line.md`, and the table of settings in `docs/deployment.md`.

python -m api.cli.reference            # writes both
python -m api.cli.reference --check    # says whether they are up to date
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from typer.main import get_command
from typer.testing import CliRunner

from api.cli import app
from api.settings import Settings
from optimizer.instance.formats.reference import between, keep

if TYPE_CHECKING:
    from collections.abc import Sequence

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "command-line.md"
DEPLOYMENT = DOCS / "deployment.md"
OPENING, CLOSING = "<!-- settings -->\n", "<!-- /settings -->\n"
WIDTH = "92"
INTRODUCTION = """\
# The command line

Generated from the commands by `python -m api.cli.reference`; do not edit.

Results go to standard output, progress and complaints to standard error. With `--json` standard
output is one JSON object and nothing else.

| exit code | meaning |
|---|---|
| 0 | done; for `solve`: a plan within the gap asked for |
| 1 | the solver, a file, the database or a check failed |
| 2 | wrong usage or settings, invalid instance or catalogue, or a folder without the right plan |
| 3 | proved: no plan can satisfy the rules |
| 4 | the time limit came first; there is a plan |
| 5 | the time limit came before any plan |
| 130 | interrupted; `solve` keeps, prints and saves the best plan so far |

Ctrl-C stops a search at its best plan; pressed again, it gives up at once.
"""


def page() -> str:
    """The text of `command-line.md`."""
    parts = [INTRODUCTION, _block([])]
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        parts += [f"## {name}\n", _block([name])]
        for part in getattr(command, "commands", ()):
            parts += [f"### {name} {part}\n", _block([name, part])]
    return "\n".join(parts)


def _block(command: list[str]) -> str:
    """The help of a command, as a block of text."""
    runner = CliRunner(env={"TERMINAL_WIDTH": WIDTH, "COLUMNS": WIDTH, "NO_COLOR": "1"})
    answer = runner.invoke(app, [*command, "--help"], prog_name="lodestone").stdout
    lines = [line.rstrip() for line in answer.strip().splitlines()]
    return "\n".join(["```", f"$ {' '.join(['lodestone', *command])} --help", *lines, "```", ""])


def deployment() -> str:
    """The text of `deployment.md` with the table of settings as it must be."""
    text = DEPLOYMENT.read_text(encoding="utf-8")
    return between(text, (OPENING, CLOSING), settings_table())


def settings_table() -> str:
    """All settings with their defaults."""
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.get_default()
        if isinstance(default, tuple):
            default = ",".join(default)
        shown = f"`{default}`" if default != "" else ""
        meaning = " ".join((field.description or "").split())
        lines.append(f"| `LODESTONE_{name.upper()}` | {shown} | {meaning} |")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Write the documents, or check them; the exit code is 1 if one is stale."""
    return keep({PAGE: page(), DEPLOYMENT: deployment()}, arguments, "api.cli.reference")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

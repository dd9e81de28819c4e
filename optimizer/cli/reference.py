"""Write the page of the command line, `docs/command-line.md`, from the commands themselves.

python -m optimizer.cli.reference            # writes the file
python -m optimizer.cli.reference --check    # says whether it is up to date
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from typer.main import get_command
from typer.testing import CliRunner

from optimizer.cli import app

PAGE = Path(__file__).parents[2] / "docs" / "command-line.md"
WIDTH = "92"
INTRODUCTION = """\
# The command line

Generated from the commands by `python -m optimizer.cli.reference`; do not edit.

Results go to standard output, progress and complaints to standard error. With `--json` standard
output is one JSON object and nothing else.

| exit code | meaning |
|---|---|
| 0 | done; for `solve`: a plan within the gap asked for |
| 1 | the solver failed, a file could not be written, or the checker refuses the plan |
| 2 | wrong usage, an invalid instance, or a folder that is no plan or another instance's |
| 3 | proved: no plan can satisfy the rules |
| 4 | the time limit came first; there is a plan |
| 5 | the time limit came before any plan |
| 130 | interrupted; `solve` keeps, prints and saves the best plan so far |

Ctrl-C stops a search at its best plan; pressed again, it gives up at once.
"""


def page() -> str:
    """The text of `command-line.md`."""
    names = list(get_command(app).commands)  # type: ignore[attr-defined]
    parts = [INTRODUCTION, _block("lodestone --help", ["--help"])]
    for name in names:
        parts += [f"## {name}\n", _block(f"lodestone {name} --help", [name, "--help"])]
    return "\n".join(parts)


def _block(command: str, arguments: list[str]) -> str:
    """What a command answers, as a block of text."""
    runner = CliRunner(env={"TERMINAL_WIDTH": WIDTH, "COLUMNS": WIDTH, "NO_COLOR": "1"})
    answer = runner.invoke(app, arguments, prog_name="lodestone").stdout
    lines = [line.rstrip() for line in answer.strip().splitlines()]
    return "\n".join(["```", f"$ {command}", *lines, "```", ""])


def main(arguments: list[str]) -> int:
    """Write the page, or check it; the exit code is 1 if it is stale."""
    parser = argparse.ArgumentParser(description="Writes the page of the command line.")
    parser.add_argument("--check", action="store_true", help="exit with 1 if the page is stale")
    text = page()
    if parser.parse_args(arguments).check:
        fresh = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text
        if not fresh:
            sys.stderr.write(f"{PAGE.name} is stale: run python -m optimizer.cli.reference\n")
        return 0 if fresh else 1
    PAGE.write_text(text, encoding="utf-8", newline="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

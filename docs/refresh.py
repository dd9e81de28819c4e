"""Write the output shown in the README anew, from a run of the demo.

python docs/refresh.py
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
OPENING, CLOSING = "<!-- demo -->\n", "<!-- /demo -->\n"
DEMO = ("solve", "instances/rare-earths", "--gap", "0.005", "--out", "out/rare-earths")
MOST_ROWS = 5
"""Rows of the first table that the README shows."""


def demo(out: Path | None = None) -> str:
    """What the demo prints to standard output.

    Args:
        out: where the plan is saved; where the demo saves it if not given.
    """
    command = [sys.executable, "-m", "optimizer", *DEMO[:-1], str(out or DEMO[-1])]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def excerpt(report: str) -> str:
    """The part of a report that the README shows: title, decision, proof."""
    title, decision, proof = report.split("\n\n")[:3]
    lines = decision.splitlines()
    header = next(place for place, line in enumerate(lines) if line.startswith("  start "))
    shown = lines[: header + 1 + MOST_ROWS]
    if len(lines) > len(shown):
        shown.append(f"  … {len(lines) - len(shown)} more")
    return "\n\n".join([title, "\n".join(shown), proof])


def shown_in(readme: str) -> str:
    """The excerpt as the README has it."""
    block = readme.split(OPENING)[1].split(CLOSING)[0]
    return block.removeprefix("```text\n").removesuffix("\n```\n")


def main() -> None:
    """Rewrite the block between the markers."""
    before, rest = README.read_text(encoding="utf-8").split(OPENING)
    after = rest.split(CLOSING)[1]
    block = f"```text\n{excerpt(demo())}\n```\n"
    README.write_text(before + OPENING + block + CLOSING + after, encoding="utf-8")


if __name__ == "__main__":
    main()

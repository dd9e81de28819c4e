"""Measure what Lodestone must show, in one run, and write benchmarks/results.md.

    python -m benchmarks [building] [first-step] [incumbents] [promises] [instances] [strength]
        [mechanisms] [published]

Without a name all parts run (more than an hour on two cores). Times are of whole processes on one
noisy machine: the ratios within a row are what counts.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks import measure, parts

RESULTS = Path(__file__).with_name("results.json")
REPORT = Path(__file__).with_name("results.md")


def main() -> None:
    """Run the parts that were named, and write all results known."""
    names = sys.argv[1:] or list(parts.PARTS)
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name in names:
        sys.stderr.write(f"{name} …\n")
        results[name] = {"machine": measure.machine(), "rows": parts.PARTS[name]()}
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    REPORT.write_text(_report(results))


def _report(results: dict[str, dict[str, object]]) -> str:
    lines = [
        "# Results",
        "",
        "Written by `make bench`; each part names the machine it ran on. Seconds are noisy, ratios",
        "within a row less so.",
    ]
    for name, part in parts.TITLES.items():
        if name not in results:
            continue
        rows = results[name]["rows"]
        assert isinstance(rows, list)
        lines += ["", f"## {part}", "", f"Machine: {results[name]['machine']}.", ""]
        columns = list(rows[0])
        lines.append("| " + " | ".join(columns) + " |")
        lines.append("|" + "---|" * len(columns))
        lines += ["| " + " | ".join(str(row[c]) for c in columns) + " |" for row in rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()

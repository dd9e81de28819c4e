"""Measure what Lodestone must show, in one run, and write benchmarks/results.md.

    python -m benchmarks [building] [first-step[:CASE]] [incumbents[:CASE]] [limits] [promises]
        [fixed-cost] [instances] [strength] [mechanisms] [published]

Without a name all parts run (more than an hour on two cores). A case measures one row anew and
leaves the others as they are. Times are of whole processes on one
noisy machine: the ratios within a row are what counts. A table that an earlier version of the
model gave says so.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks import measure, parts
from optimizer.vocabulary.versions import MODEL

RESULTS = Path(__file__).with_name("results.json")
REPORT = Path(__file__).with_name("results.md")
OLDEST = 1
"""The version of the model that a part was measured with which does not say so."""


def main() -> None:
    """Run the parts that were named, and write all results known."""
    names = sys.argv[1:] or list(parts.PARTS)
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name in names:
        sys.stderr.write(f"{name} …\n")
        part, _, only = name.partition(":")
        rows = parts.PARTS[part](*([only] if only else []))
        before = results.get(part, {})
        if only:
            rows = _entered(before.get("rows", []), rows)
        model = before.get("model", OLDEST) if only and before else MODEL
        results[part] = {"machine": measure.machine(), "model": model, "rows": rows}
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    REPORT.write_text(_report(results))


def _entered(
    rows: list[dict[str, object]], new: list[dict[str, object]]
) -> list[dict[str, object]]:
    """The rows of a part with some of them measured anew, as long as they have the same columns."""
    mine = {row["case"]: row for row in new}
    same = [row for row in rows if list(row) == list(new[0])]
    entered = [mine.pop(row["case"], row) for row in same]
    return entered + [row for row in mine.values() if not str(row["case"]).startswith("median")]


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
        model = results[name].get("model", OLDEST)
        older = "" if model == MODEL else f" Measured with model {model}."
        lines += ["", f"## {part}", "", f"Machine: {results[name]['machine']}.{older}", ""]
        columns = list(rows[0])
        lines.append("| " + " | ".join(columns) + " |")
        lines.append("|" + "---|" * len(columns))
        lines += ["| " + " | ".join(str(row[c]) for c in columns) + " |" for row in rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()

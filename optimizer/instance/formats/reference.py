"""Writes `docs/instance-format.md` and `docs/instance.schema.json` from the fields of records.

`python -m optimizer.instance.formats.reference` writes both; with `--check` it exits with 1 where
one is stale.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.instance import Instance
from optimizer.instance.formats import limits
from optimizer.instance.formats.cells import to_text
from optimizer.instance.formats.columns import Column, columns, summary
from optimizer.instance.formats.messages import one_of, range_text
from optimizer.instance.settings import Objective, Settings
from optimizer.instance.validation.findings import MOST_LISTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from optimizer.instance.records import Record

DOCS = Path(__file__).parents[3] / "docs"

KINDS = {
    "number": "number",
    "integer": "whole number",
    "boolean": "true or false",
    "choice": "choice",
    "identifier": "identifier",
    "country": "country code",
    "currency": "currency code",
    "text": "text",
}

PROVENANCE_COLUMNS = ("source", "quality", "note")

INTRODUCTION = f"""\
# The instance format

*Written from the fields of the records by `python -m optimizer.instance.formats.reference`; a test
keeps it current. The same rules as a JSON Schema: [instance.schema.json](instance.schema.json).*

An instance is what the optimizer is told. It comes in three formats that say the same and convert
into each other without loss:

- **a folder**: `instance.toml` with the settings, and one CSV file per table, `projects.csv` and
  so on: UTF-8, separated by commas, the first row naming the columns. A table that is absent or has
  only its header is empty. Notes, sources and pictures may lie beside them. A file whose name is
  nearly that of a table (`Projects.CSV`, `policies.csv.txt`, `projects (1).csv`) is a fault, any
  other that could hold data a warning, and so is a table that stands in a folder within. Hidden
  files and names that begin with `_` are left alone. A `.zip` of the folder is read too, with what
  macOS and Windows add to it;
- **a workbook**, `.xlsx`, `.xlsm` or `.ods`: a sheet `settings` with the columns `field` and
  `value` (`first_year`, `objective.sense`, `objective.weights.expected_cost`, …), and one sheet per
  table. It is written as `.xlsx`, with a sheet for every table, unit and meaning of a column as
  comment on its heading, and lists to choose from. Sheets whose name begins with `_` are not read;
- **a JSON document**: `{{"settings": {{…}}, "projects": [{{…}}, …], …}}`.

In sheets:

- **Headings and sheet names** may be written with capitals, blanks, hyphens and brackets: `Capex
  (M USD)` is `capex_musd`. The heading is the first row that holds something; a title above it is a
  fault.
- **Formulas** count with the result that was saved with them; one without a result, or whose result
  is an error, is a fault. Where a program saved a formula's result as 0 without having calculated
  it, there is a warning.
- **Merged cells** hold one value for several cells and are a fault, unless they hold nothing or lie
  in columns that are not read.

In cells and values:

- An **empty** cell takes the column's default; a column without default must be filled in every
  row. Columns may stand in any order, and those that are not needed may be left out. Nothing is
  silently ignored: an unknown column is a fault.
- **Remarks** may stand in columns of CSV files and sheets whose heading begins with `_`, which are
  not read. Cells under an empty heading are taken for remarks as well, with a warning.
- **Several values** in one cell are separated by semicolons (`0.2;0.5;0.3`); JSON uses a list.
- **Numbers** have a decimal point and no separators. **Shares** and probabilities are 0 to 1: write
  40 % as 0.4. **Yes and no** are `true` and `false`.
- **Identifiers** are up to 64 letters, digits, `_`, `.` and `-`, beginning with a letter or digit.
  **Countries** are ISO 3166-1 alpha-3 codes (`CHL`), or codes that ISO leaves to its users (`XKX`).
- **Free text** in a CSV cell that a spreadsheet would take for a formula (it begins with `=`, `+`,
  `-` or `@`) is written with a single quote before it, which is taken off on reading.
- In a workbook, a number with more than 16 significant digits is written as text, so that it
  survives exactly. (LibreOffice keeps 15 of a number when it saves.)

**Provenance.** Every row of every table has three more columns: `source` (where its figures come
from), `quality` (`reported` as printed in the source, `derived` from printed figures, or `assumed`,
the default) and `note` (how, and what a reader must know). A cell that differs from its row is
listed in the table [provenance](#provenance).

**Years.** Prices (of what is bought, sold, made or used outside the alliance, or carried under a
tariff), supply limits and demand need a row for every year of the horizon; state 0 where there is
nothing. Contributions, outlays and arisings may leave years out, which count as 0.

**Limits.** {limits.ROWS:,} rows per table; {limits.FILE_BYTES // 2**20} MiB per file, and
{limits.UNZIPPED_BYTES // 2**20} MiB for an unzipped workbook; {limits.CSV_CELL:,} characters in a
CSV cell and {limits.EXCEL_CELL:,} in a workbook's. At most {MOST_LISTED:,} faults are listed for
one table and for one rule; the rest is counted.

**Faults.** An instance is read completely or not at all, and every fault is told at once, with its
file, its row as a spreadsheet counts (the header is row 1) and its column; in a workbook also with
the address of the cell. Errors come before warnings. Where a table cannot be read as it stands,
because of its name, heading or merged cells, that is told and not what would follow from it:

```
projects.csv row 14, country: 'Chile' is not an ISO 3166-1 alpha-3 code (did you mean CHL?)
projects.csv row 15, capex_musd: '1,5' has a decimal comma; write 1.5
demand.csv, year: segment 'motors' has no row for 2033–2035; state 0 where it wants nothing
tranches.csv row 4, share: the shares of segment 'motors' sum to 0.9, not 1
```

In a workbook: `rare.xlsx sheet projects row 14, country (projects!F14): …`. In a JSON document rows
are counted from 0: `rare.json projects[12], country: …`.
"""


def escaped(text: str) -> str:
    """Text that is safe in a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")


def kind_text(column: Column) -> str:
    """The kind of a column's values, its choices spelt out."""
    text = one_of(column) if column.kind == "choice" else KINDS[column.kind]
    text += f" of `{column.names}`" if column.names else ""
    return f"{text}, several" if column.many else text


def default_text(column: Column) -> str:
    """The default as one would write it in a cell; `required` where there is none."""
    if column.required:
        return "required"
    value = tuple(column.default) if isinstance(column.default, list) else column.default
    return f"`{text}`" if (text := to_text(value)) else "empty"


def bounds_text(column: Column) -> str:
    """The range of a number without its unit, which has a column of its own."""
    return range_text(column).removesuffix(column.unit).strip()


def meaning_text(column: Column) -> str:
    """What a column means, and where the grade of its figures is."""
    graded = f"Graded by `{column.grade}`." if column.grade else ""
    return f"{column.meaning} {graded}".strip()


def column_rows(shown: Iterable[Column], prefix: str = "") -> Iterator[str]:
    """The lines of a Markdown table of columns."""
    yield "| column | type | unit | default | range | meaning |"
    yield "|---|---|---|---|---|---|"
    for column in shown:
        cells = (
            f"`{prefix}{column.name}`",
            kind_text(column),
            column.unit,
            default_text(column),
            bounds_text(column),
            meaning_text(column),
        )
        yield "| " + " | ".join(escaped(cell) for cell in cells) + " |"


def table_lines(record: type[Record], key: Iterable[str], shown: Iterable[Column]) -> list[str]:
    """What a table is of, its key, and its columns."""
    key = ", ".join(f"`{field}`" for field in key)
    return [f"{summary(record)} Key: {key}.", "", *column_rows(shown)]


def page() -> str:
    """The text of `instance-format.md`."""
    lines = [INTRODUCTION, "## settings", "", summary(Settings), ""]
    lines += column_rows(columns(Settings).values())
    lines += ["", f"`[objective]`: {summary(Objective)}", ""]
    lines += column_rows(columns(Objective).values(), "objective.")
    weights = Objective.model_fields["weights"].description or ""
    lines += ["", f"`[objective.weights]`: one number per criterion. {' '.join(weights.split())}"]
    for name, record in Instance.tables().items():
        shown = [
            column
            for column in columns(record).values()
            if name == "provenance" or column.name not in PROVENANCE_COLUMNS
        ]
        lines += ["", f"## {name}", "", *table_lines(record, record.key, shown)]
    return "\n".join(lines) + "\n"


def schema() -> str:
    """The text of `instance.schema.json`."""
    return json.dumps(Instance.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


def documents() -> dict[Path, str]:
    """The generated files and what they should hold."""
    return {DOCS / "instance-format.md": page(), DOCS / "instance.schema.json": schema()}


def keep(wanted: Mapping[Path, str], arguments: Sequence[str], module: str) -> int:
    """Write generated files, or check them with `--check`.

    Args:
        wanted: files, and what they should hold.
        arguments: of the command line.
        module: the module that writes them.

    Returns:
        The exit code: 1 if a file is stale.
    """
    parser = argparse.ArgumentParser(description="Writes the generated parts of documents.")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a file is stale")
    check = parser.parse_args(arguments).check
    stale = 0
    for path, text in wanted.items():
        if not check:
            path.write_text(text, encoding="utf-8", newline="")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            sys.stderr.write(f"{path.name} is stale: run python -m {module}\n")
            stale = 1
    return stale


def between(text: str, marks: tuple[str, str], part: str) -> str:
    """A text with the part between two marks anew."""
    before, _, rest = text.partition(marks[0])
    return before + marks[0] + part + marks[1] + rest.partition(marks[1])[2]


def main(arguments: Sequence[str]) -> int:
    """Write the format's page and its schema, or check them; the exit code is 1 if one is stale."""
    return keep(documents(), arguments, "optimizer.instance.formats.reference")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Write the instances that use each mechanism into docs/model.md.

python docs/mechanisms.py
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.instance.formats.reader import load

if TYPE_CHECKING:
    from optimizer.instance import Instance

ROOT = Path(__file__).resolve().parents[1]
MODEL = ROOT / "docs" / "model.md"
ROW = re.compile(
    r"^(\| [^|]+ \| \d+ \| `([a-z_.=]+)` \| `tests/[\w/]+\.py::\w+` \| )[^|]+\|$", re.M
)


def instances() -> dict[str, Instance]:
    """Every committed instance by its folder."""
    folders = sorted(path.parent for path in (ROOT / "instances").glob("*/instance.toml"))
    return {folder.name: load(folder) for folder in folders}


def has(instance: Instance, data: str) -> bool:
    """Whether an instance uses what `data` names.

    `stockpiles`: has rows; `projects.standby`: has a row in which the field is not the default;
    `policies.kind=hhi_cap`: has a row with that value.
    """
    table, _, field = data.partition(".")
    rows = getattr(instance, table)
    if not field:
        return bool(rows)
    name, _, value = field.partition("=")
    default = type(rows[0]).model_fields[name].default if rows else None
    if value:
        return any(getattr(row, name) == value for row in rows)
    return any(getattr(row, name) != default for row in rows)


def written(text: str, known: dict[str, Instance]) -> str:
    """The document with the last column of the table of mechanisms anew."""

    def row(match: re.Match[str]) -> str:
        using = [name for name, instance in known.items() if has(instance, match[2])]
        links = ", ".join(f"[{name}](../instances/{name}/README.md)" for name in using)
        return f"{match[1]}{links or 'none yet'} |"

    return ROW.sub(row, text)


def main() -> None:
    """Rewrite the column."""
    text = MODEL.read_text(encoding="utf-8")
    MODEL.write_text(written(text, instances()), encoding="utf-8")


if __name__ == "__main__":
    main()

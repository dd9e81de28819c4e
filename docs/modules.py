"""Write the table of modules into docs/architecture.md, from their docstrings.

python docs/modules.py
"""

from __future__ import annotations

import ast
from pathlib import Path

from optimizer.instance.formats.reference import between

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
OPENING, CLOSING = "<!-- modules -->\n", "<!-- /modules -->\n"
HEADER = "| package | for what | modules |\n|---|---|---|\n"


def packages() -> list[Path]:
    """Every package of the product, each before what lies in it."""
    found = (init.parent for wing in ("optimizer", "api") for init in (ROOT / wing).rglob("*.py"))
    return sorted({folder for folder in found if (folder / "__init__.py").exists()})


def summary(file: Path) -> str:
    """The first sentence of a module's docstring, without its full stop."""
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0].rstrip(".").replace("|", "\\|")


def table() -> str:
    """A line for each package."""
    lines = []
    for folder in packages():
        name = ".".join(folder.relative_to(ROOT).parts)
        modules = sorted(
            file.stem for file in folder.glob("*.py") if not file.stem.startswith("__")
        )
        shown = ", ".join(f"`{module}`" for module in modules)
        lines.append(f"| `{name}` | {summary(folder / '__init__.py')} | {shown} |\n")
    return HEADER + "".join(lines)


def with_table(text: str) -> str:
    """The document with its table anew."""
    return between(text, (OPENING, CLOSING), table())


def main() -> None:
    """Rewrite the table."""
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()

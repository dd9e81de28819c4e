"""Write the register of rules into docs/model.md: rows, model, check and tests of each.

python docs/rules.py
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from optimizer.checker import RULES as CHECKS
from optimizer.vocabulary.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
MODEL = ROOT / "docs" / "model.md"
OPENING, CLOSING = "<!-- register -->\n", "<!-- /register -->\n"
HEADER = "| rule | rows | written by | checked by | tests |\n|---|---|---|---|---|\n"


class Written(NamedTuple):
    """A function of the model that writes a rule, with its rows."""

    name: str
    module: str
    rows: tuple[str, ...]
    """Names of the constraints of this rule in it."""


def functions(folder: str, pattern: str) -> Iterator[tuple[Path, ast.FunctionDef]]:
    """Every function at the top of the modules of a folder."""
    for file in sorted((ROOT / folder).glob(pattern)):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                yield file, node


def written() -> dict[int, list[Written]]:
    """Functions of the model by the rule that their docstring, or a constraint in them, names."""
    found: dict[int, list[Written]] = {}
    for file, function in functions("optimizer/model", "*.py"):
        begins = re.match(r"Rule (\d+):", ast.get_docstring(function) or "")
        rows: dict[int, list[str]] = {int(begins[1]): []} if begins else {}
        for name, rule in constraints(function):
            rows.setdefault(rule, []).append(name)
        for rule, names in rows.items():
            entry = Written(function.name, f"optimizer/model/{file.name}", tuple(names))
            found.setdefault(rule, []).append(entry)
    return found


def constraints(function: ast.FunctionDef) -> Iterator[tuple[str, int]]:
    """Names of the constraints that a function declares, each with the rule that it names."""
    for node in ast.walk(function):
        if isinstance(node, ast.FunctionDef):
            for how in map(ast.unparse, node.decorator_list):
                rule = re.search(r"Constraint\(.*doc='rule (\d+)'", how)
                if rule:
                    yield node.name, int(rule[1])


def files_of_tests() -> dict[int, list[str]]:
    """Tests by the rule that they name."""
    found: dict[int, list[str]] = {}
    for file, function in functions("tests", "**/test_*.py"):
        begins = re.match(r"test_rule_(\d+)_", function.name)
        if begins:
            found.setdefault(int(begins[1]), []).append(file.relative_to(ROOT).as_posix())
    return found


def register() -> str:
    """The table, a line for each rule."""
    model, tests = written(), files_of_tests()
    lines = []
    for number, rule in RULES.items():
        check = CHECKS[rule]
        module = check.__module__.replace(".", "/") + ".py"
        rows = ", ".join(f"`{row}`" for one in model[number] for row in one.rows)
        by = ", ".join(f"[`{one.name}`](../{one.module})" for one in model[number])
        files = ", ".join(
            f"[{file[6:-3]}](../{file}) ({tests[number].count(file)})"
            for file in dict.fromkeys(tests[number])
        )
        checked = f"[`{check.__name__}`](../{module})"
        lines.append(f"| {rule} | {rows or 'bounds'} | {by} | {checked} | {files} |\n")
    return HEADER + "".join(lines)


def with_register(text: str) -> str:
    """The document with its register anew."""
    before, _, rest = text.partition(OPENING)
    _, _, after = rest.partition(CLOSING)
    return before + OPENING + register() + CLOSING + after


def main() -> None:
    """Rewrite the table."""
    MODEL.write_text(with_register(MODEL.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()

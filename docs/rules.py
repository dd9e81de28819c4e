"""Write the rows of each rule into docs/model.md: equation, model, check and tests.

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
TABLE = re.compile(r"(<!-- rule (\d+) -->\n).*?(<!-- / -->\n)", re.DOTALL)
HEADER = "| row | equation | written by | checked by | tests |\n|---|---|---|---|---|\n"
LABEL = re.compile(r"(\w+): {1,}(\S.*)")


class Written(NamedTuple):
    """A function of the model that writes a rule, with its rows."""

    name: str
    module: str
    rows: dict[str, str]
    """Equation of each constraint of this rule in it, by its name."""


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
        said = ast.get_docstring(function) or ""
        begins = re.match(r"Rule (\d+):", said)
        rows: dict[int, list[str]] = {int(begins[1]): []} if begins else {}
        for name, rule in constraints(function):
            rows.setdefault(rule, []).append(name)
        labelled, other = equations(said)
        every = {name for names in rows.values() for name in names}
        kinds = (f"{name}: {text}" for name, text in labelled.items() if name not in every)
        other = other or "; ".join(kinds)
        for rule, names in rows.items():
            of_rows = {name: labelled.get(name, other) for name in names}
            if begins and int(begins[1]) == rule and not names:
                of_rows = {"": other}
            entry = Written(function.name, f"optimizer/model/{file.name}", of_rows)
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


def equations(docstring: str) -> tuple[dict[str, str], str]:
    """The equations of a docstring: those with a label by it, and the others as one text."""
    paragraphs = docstring.partition("\n\nArgs:")[0].split("\n\n")[1:2]
    labelled: dict[str, str] = {}
    other: list[str] = []
    last = None
    for line in "\n".join(paragraphs).splitlines():
        begins = LABEL.match(line)
        if begins:
            last = begins[1]
            labelled[last] = begins[2]
        elif last and line.startswith(" "):
            labelled[last] += " " + line
        else:
            other.append(line)
    joined = {name: " ".join(text.split()) for name, text in labelled.items()}
    return joined, " ".join(" ".join(other).split())


def files_of_tests() -> dict[int, list[str]]:
    """Tests by the rule that they name."""
    found: dict[int, list[str]] = {}
    for file, function in functions("tests", "**/test_*.py"):
        begins = re.match(r"test_rule_(\d+)_", function.name)
        if begins:
            found.setdefault(int(begins[1]), []).append(file.relative_to(ROOT).as_posix())
    return found


def rows_of(number: int, model: list[Written], tests: list[str]) -> str:
    """The table of a rule; check and tests are those of all of its rows."""
    check = CHECKS[RULES[number]]
    checked = f"[`{check.__name__}`](../{check.__module__.replace('.', '/')}.py)"
    tried = ", ".join(
        f"[{file[6:-3]}](../{file}) ({tests.count(file)})" for file in dict.fromkeys(tests)
    )
    lines = []
    for function in model:
        by = f"[`{function.name}`](../{function.module})"
        for row, equation in function.rows.items():
            name = f"`{row}`" if row else "bounds"
            shown = equation.replace("|", "\\|")
            lines.append(f"| {name} | {shown} | {by} | {checked} | {tried} |\n")
            checked = tried = ""
    return HEADER + "".join(lines)


def with_tables(text: str) -> str:
    """The document with the tables of its rules anew."""
    model, tests = written(), files_of_tests()

    def anew(found: re.Match[str]) -> str:
        number = int(found[2])
        return found[1] + rows_of(number, model[number], tests[number]) + found[3]

    return TABLE.sub(anew, text)


def main() -> None:
    """Rewrite the tables."""
    MODEL.write_text(with_tables(MODEL.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()

"""The documents: commands run, links lead somewhere, and nothing of a machine is in the tree."""

from __future__ import annotations

import contextlib
import io
import pkgutil
import re
import shlex
from typing import TYPE_CHECKING

import pytest

from api.cli import reference as cli_reference
from docs.modules import with_table
from docs.refresh import DEMO, excerpt, shown_in
from optimizer.catalogue import reference as catalogue_reference
from optimizer.instance.formats import reference as format_reference
from tests.support.commands import ROOT, run

if TYPE_CHECKING:
    from pathlib import Path

README = (ROOT / "README.md").read_text(encoding="utf-8")
SKIPPED = {".git", ".venv", "out", "build", "__pycache__", ".hypothesis"}
SKIPPED |= {".pytest_cache", ".mypy_cache", ".ruff_cache", ".ipynb_checkpoints"}
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(?:home|root|work|Users|mnt|opt)/[\w.]")
REGISTRY = re.compile(
    r"pypi\.|pythonhosted|artifactory|devpi|--(?:extra-)?index-url[= ]", re.IGNORECASE
)
NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:e-\d+)?")


def texts() -> dict[str, str]:
    """Every text file of the repository, by its path in it."""
    found = {}
    for path in sorted(ROOT.rglob("*")):
        place = path.relative_to(ROOT)
        skipped = SKIPPED.intersection(place.parts) or place.parts[0].endswith(".egg-info")
        if path.is_file() and not skipped:
            with contextlib.suppress(UnicodeDecodeError):
                found[place.as_posix()] = path.read_text(encoding="utf-8")
    return found


TEXTS = texts()
PAGES = sorted(name for name in TEXTS if name.endswith(".md"))


def blocks(language: str) -> list[str]:
    """The README's blocks of code in a language."""
    return [code for kind, code in BLOCK.findall(README) if kind == language]


def shell_commands() -> list[list[str]]:
    """The README's commands, without their comments."""
    lines = [line for code in blocks("sh") for line in code.splitlines()]
    return [shlex.split(line, comments=True) for line in lines]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for target in LINK.findall(TEXTS[page]):
        if "://" not in target and not target.startswith(("#", "mailto:")):
            assert ((ROOT / page).parent / target.partition("#")[0]).exists(), target


def test_no_file_names_a_machine_or_a_registry() -> None:
    for name, text in TEXTS.items():
        for pattern in (MACHINE_PATH, REGISTRY):
            found = None if name == "tests/system/test_documents.py" else pattern.search(text)
            assert found is None, f"{name}: {found and found.group()}"


def test_the_readme_names_targets_that_exist() -> None:
    makefile = TEXTS["Makefile"]

    targets = [words[1] for words in shell_commands() if words[0] == "make"]

    assert targets
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_demo_of_the_makefile_is_the_one_in_the_readme() -> None:
    assert f"lodestone {' '.join(DEMO)}\n" in TEXTS["Makefile"]


def test_the_commands_of_the_readme_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = [words[1:] for words in shell_commands() if words[0].endswith("/lodestone")]
    commands.remove(["serve"])  # Runs until it is stopped: tests/service/test_work_serve.py.
    (tmp_path / "instances").symlink_to(ROOT / "instances")
    monkeypatch.chdir(tmp_path)

    assert len(commands) >= 3
    for arguments in commands:
        assert run(*arguments).exit_code == 0, arguments


def test_the_python_of_the_readme_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    said = io.StringIO()

    with contextlib.redirect_stdout(said):
        for code in blocks("python"):
            if "api.client" not in code:  # Needs the service: tests/service/test_service_page.py.
                exec(code, {})

    assert said.getvalue().startswith("44.768 M$, no plan under 44.7")


def test_the_output_in_the_readme_is_what_the_demo_prints(demonstrated: Path) -> None:
    """The same title, the same sentences but for their numbers, and the same cost.

    Which of several nearly equal plans is found may depend on how fast the machine is.
    """
    shown = shown_in(README)
    printed = excerpt((demonstrated / "said").read_text(encoding="utf-8"))

    def sentences(text: str) -> list[str]:
        title, decision, proof = text.split("\n\n")
        first = decision.partition("private")[0]
        return NUMBER.sub("#", f"{title} {first} {proof}").split()

    def cost(text: str) -> float:
        return float(text.split("Its cost is ")[1].split()[0].replace(",", ""))

    assert sentences(shown) == sentences(printed)
    assert cost(shown) == pytest.approx(cost(printed), rel=0.005)


def test_the_generated_pages_are_up_to_date() -> None:
    assert format_reference.main(["--check"]) == 0
    assert cli_reference.main(["--check"]) == 0
    assert catalogue_reference.main(["--check"]) == 0
    assert with_table(TEXTS["docs/architecture.md"]) == TEXTS["docs/architecture.md"]


def test_every_command_and_exit_code_is_documented() -> None:
    page = TEXTS["docs/command-line.md"]

    optimizer = ("validate", "convert", "solve", "show", "check", "export", "catalogue", "new")
    for name in (*optimizer, "serve", "worker"):
        assert f"\n## {name}\n" in page
    for code in (0, 1, 2, 3, 4, 5, 130):
        assert f"\n| {code} | " in page


@pytest.mark.parametrize("page", ["docs/architecture.md", "docs/model.md", "docs/CONTRIBUTING.md"])
def test_modules_that_a_page_names_by_their_wing_exist(page: str) -> None:
    """`program.stamp` and the like, which stand for `optimizer.program.stamp`."""
    wings = {path.parent.name for path in (ROOT / "optimizer").glob("*/__init__.py")}
    named = re.findall(r"`(\w+)((?:\.\w+)+)(?:\(\))?`", TEXTS[page])
    files = (".md", ".png", ".json")
    found = [
        f"optimizer.{wing}{rest}" for wing, rest in named if wing in wings and rest not in files
    ]

    for name in found:
        assert pkgutil.resolve_name(name) is not None


def test_the_words_of_the_glossary_exist() -> None:
    """Each is a module, or what stands in one."""
    words = re.findall(
        r"^\| (.+?) \(`(optimizer[\w.]*)`\) \|", TEXTS["docs/glossary.md"], re.MULTILINE
    )

    assert len(words) >= 30
    assert [word for word, _ in words] == sorted((word for word, _ in words), key=str.casefold)
    for _, name in words:
        assert pkgutil.resolve_name(name) is not None


@pytest.mark.parametrize("page", ["docs/CONTRIBUTING.md", "docs/architecture.md", "docs/model.md"])
def test_files_and_tests_that_a_page_names_exist(page: str) -> None:
    named = re.findall(
        r"`((?:optimizer|api|tests|docs|benchmarks)/[\w/.]*)(?:::(\w+))?`", TEXTS[page]
    )

    assert named
    for path, test in named:
        assert (ROOT / path).exists(), path
        assert not test or f"def {test}(" in TEXTS[path], test

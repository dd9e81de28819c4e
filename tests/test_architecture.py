"""Who may import whom: data flows in one direction."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOLVERS = ("optimizer.blocks", "optimizer.model", "optimizer.solving")
PYOMO_USERS = ("optimizer.model", "optimizer.solving.compile")
HIGHS_USERS = ("optimizer.solving",)
STRANGERS = {
    "optimizer": ("api", "tests", "benchmarks"),
    "optimizer.blocks": ("optimizer.model", "optimizer.solving", "pandas"),
    "optimizer.model": ("optimizer.solving", "optimizer.checker"),
    "optimizer.checker": ("highspy", *SOLVERS),
    "optimizer.indicators": ("highspy", *SOLVERS),
    "optimizer.catalogue": (*SOLVERS, "optimizer.plan"),
    "optimizer.drafting": (*SOLVERS, "optimizer.plan"),
    "optimizer.records": (*SOLVERS, "optimizer.plan", "pandas"),
    "optimizer.validation": (*SOLVERS, "optimizer.plan", "pandas"),
    "optimizer.formats": (*SOLVERS, "optimizer.plan", "pandas"),
}
"""What no module of a wing imports."""
SOLVER_USERS = ("api.work.runner", "api.kinds", "api.client")
"""In the service: what runs a job, what each kind runs, and the client, which speaks of progress as
the solver does."""


STRANGERS_OF_SERVICE = {
    "api.kinds": ("api.store", "api.acts", "api.http", "api.work", "api.cli", "api.client"),
    "api.store": ("api.acts", "api.http", "api.work", "api.cli", "api.client"),
    "api.acts": ("api.http", "api.cli", "api.client"),
    "api.work": ("api.acts", "api.http"),
    "api.client": ("api.store", "api.acts", "api.http", "api.work", "api.settings"),
}
"""What no module of a wing of the service imports."""
TYPES_OF_STORE = ("api.store.Store", "api.store.cursors", "api.store.idempotency.Answer")
TYPES_OF_STORE += ("api.store.idempotency.Once",)
"""What routes name of the store, whose acts they call."""


def modules(package: str) -> list[str]:
    """Names of a package's modules."""
    files = sorted((ROOT / package).rglob("*.py"))
    return [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files]


def imported_by(module: str) -> set[str]:
    """Full names of everything that a module imports, anywhere in it, for types or for use."""
    tree = ast.parse((ROOT / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative imports hide who imports whom"
            found |= {f"{node.module}.{name.name}" for name in node.names}
    return found


def within(name: str, *packages: str) -> bool:
    """Whether a name is one of the packages or lies in one."""
    return any(name == package or name.startswith(package + ".") for package in packages)


@pytest.mark.parametrize("module", modules("optimizer"))
def test_imports_go_one_way(module: str) -> None:
    strangers = {
        name for wing, names in STRANGERS.items() if within(module, wing) for name in names
    }
    if not within(module, *PYOMO_USERS):
        strangers.add("pyomo")
    if not within(module, *HIGHS_USERS):
        strangers.add("highspy")
    for name in imported_by(module):
        assert not within(name, *strangers), name
        if within(module, "optimizer.vocabulary"):
            assert within(name, "optimizer.vocabulary") or not within(name, "optimizer"), name


@pytest.mark.parametrize("module", modules("api"))
def test_the_service_keeps_its_parts_apart(module: str) -> None:
    """SQL in the store, HTTP in the application, solving in the runner; the client knows none."""
    for name in imported_by(module):
        assert not within(name, "tests", "benchmarks", "optimizer.model", "pyomo", "highspy"), name
        if not within(module, "api.store"):
            assert not within(name, "sqlalchemy", "alembic"), name
        if not within(module, "api.http"):
            assert not within(name, "fastapi", "starlette"), name
        if not within(module, *SOLVER_USERS):
            assert not within(name, "optimizer.solving", "optimizer.solve"), name
        for wing, strangers in STRANGERS_OF_SERVICE.items():
            if within(module, wing):
                assert not within(name, *strangers), name
        if within(module, "api.resources"):
            assert within(name, "api.resources") or not within(name, "api"), name


@pytest.mark.parametrize("module", modules("api/http/routes"))
def test_routes_call_acts_and_open_no_transaction(module: str) -> None:
    """So a page does the same as a route by calling the same act."""
    for name in imported_by(module):
        assert not within(name, "api.store") or within(name, *TYPES_OF_STORE), name
    tree = ast.parse((ROOT / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8"))
    reached = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert "database" not in reached


def test_the_rules_see_imports_inside_functions_and_for_types() -> None:
    """The command line imports late, and still is seen to import the solver."""
    assert "optimizer.solving.solve.solve" in imported_by("optimizer.cli.solve")
    assert "optimizer.instance.Instance" in imported_by("optimizer.cli.solve")

"""Settings as an environment gives them: each row of the documented table, right and wrong."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.settings import Settings
from tests.support.fleet import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(LODESTONE_\w+)` \| (?:`(.*?)`)? ?\|", PAGE, flags=re.MULTILINE)
GOOD = {
    "LODESTONE_DATABASE_URL": ["postgresql+psycopg://user:password@host/name"],
    "LODESTONE_HOST": ["::1"],
    "LODESTONE_DATA_DIR": ["/somewhere/else"],
    "LODESTONE_SCRATCH_DIR": ["/somewhere/near"],
    "LODESTONE_DISPATCHER": ["procrastinate"],
    "LODESTONE_WEBHOOK_NETWORKS": ["10.1.0.0/16", "10.1.0.0/16, fd00::/8", " "],
    "LODESTONE_PROXIES": ["127.0.0.1/32", "10.1.0.0/16,fd00::/8"],
    "LODESTONE_METRICS_NETWORKS": ["10.9.0.0/16"],
    "LODESTONE_HOSTS": ["fund.example", "fund.example, 10.0.0.5"],
    "LODESTONE_ORIGINS": ["https://fund.example", "https://fund.example, http://localhost:3000"],
    "LODESTONE_OIDC_ISSUER": ["https://login.example.org"],
    "LODESTONE_OIDC_AUDIENCE": ["lodestone"],
}
"""Values as the documents write them; for the others, one more than the default."""
WRONG = {
    "LODESTONE_DATABASE_URL": ["localhost:5432", "mysql://host/name"],
    "LODESTONE_DISPATCHER": ["celery"],
    "LODESTONE_WEBHOOK_NETWORKS": ["10.1.0.0/33", "10.1.0.1/16", "intranet", "10.1.0.0/16;::1"],
    "LODESTONE_PROXIES": ["nginx", "127.0.0.1/33", "10.1.0.1/16"],
    "LODESTONE_METRICS_NETWORKS": ["all"],
    "LODESTONE_ORIGINS": ["fund.example", "*", "https://fund.example/", "https://*.example"],
    "LODESTONE_OIDC_ISSUER": ["login.example.org", "https://login.example.org"],
    "LODESTONE_OIDC_AUDIENCE": ["lodestone"],
}
"""Values that are refused, the last ones because their companion is missing."""
ANY_TEXT = {
    "LODESTONE_HOST",
    "LODESTONE_HOSTS",
    "LODESTONE_DATA_DIR",
    "LODESTONE_SCRATCH_DIR",
}
COMPANION = {
    "LODESTONE_OIDC_ISSUER": {"LODESTONE_OIDC_AUDIENCE": "lodestone"},
    "LODESTONE_OIDC_AUDIENCE": {"LODESTONE_OIDC_ISSUER": "https://login.example.org"},
}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings but those of the test."""
    for name in list(os.environ):
        if name.startswith("LODESTONE_"):
            monkeypatch.delenv(name)


def test_the_table_has_every_setting() -> None:
    assert {name for name, _ in ROWS} == {f"LODESTONE_{f.upper()}" for f in Settings.model_fields}


@pytest.mark.parametrize(("name", "default"), ROWS)
def test_the_documented_default_is_a_value(
    name: str, default: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = Settings()
    for text in (default, ""):  # Compose files set what is not given to nothing.
        monkeypatch.setenv(name, text)
        assert Settings() == usual


@pytest.mark.parametrize(("name", "default"), ROWS)
def test_a_documented_value_is_taken(
    name: str, default: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    field = name.removeprefix("LODESTONE_").lower()
    for other, value in COMPANION.get(name, {}).items():
        monkeypatch.setenv(other, value)
    for text in GOOD.get(name) or [str(int(float(default)) + 1)]:
        monkeypatch.setenv(name, text)
        found = getattr(Settings(), field)
        listed = tuple(part.strip() for part in text.split(",") if part.strip())
        assert str(found) in (text, f"{text}.0") or found == listed


@pytest.mark.parametrize("name", [name for name, _ in ROWS if name not in ANY_TEXT])
def test_a_wrong_value_ends_every_command_in_one_line(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for text in WRONG.get(name, ["many"]):
        monkeypatch.setenv(name, text)
        for command in (["serve"], ["worker"], ["database", "check"], ["keys", "organisations"]):
            ended = CliRunner().invoke(app, command, prog_name="lodestone")
            assert ended.exit_code == 2, (text, command)
            assert name in ended.stderr
            assert len(ended.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []

"""The decision record: signed, verified offline, and held against a database that was altered."""

from __future__ import annotations

import base64
import json
import stat
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update
from typer.testing import CliRunner

from api.canonical import linked
from api.cli import app
from api.settings import Settings
from api.signing import FILE, VARIABLE, signer_of
from api.store import audit
from api.store.tables import audit as log
from api.store.tables import audit_head
from tests.support.application import planned
from tests.support.people import person

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from optimizer import Plan
    from tests.support.application import Fund, Service


@pytest.fixture
def kept(service: Service, fund: Fund, solved: Plan, tmp_path: Path) -> Path:
    """A folder with the record, the archive and the public key of a plan that is signed off."""
    plan = planned(service.store, fund.analyst, solved)
    chair = person(service.store, fund.secretariat, "admin", "Chair")
    ways = [(fund.analyst, "in_review"), (fund.admin, "reviewed"), (chair, "signed_off")]
    for version, (who, state) in enumerate(ways, start=1):
        with service.client(who, **{"If-Match": f'"{version}"'}) as client:
            answer = client.post(f"/v1/plans/{plan}/review", json={"state": state})
            assert answer.status_code == 200, answer.text
    with service.client(fund.viewer) as client:
        record = client.get(f"/v1/plans/{plan}/decision-record")
        archive = client.get(f"/v1/plans/{plan}/archive")
        public = client.get("/v1/signing-key").json()["public_key"]
    (tmp_path / "record.json").write_bytes(record.content)
    (tmp_path / "plan.zip").write_bytes(archive.content)
    (tmp_path / "key").write_text(public)
    zipfile.ZipFile(tmp_path / "plan.zip").extractall(tmp_path / "plan")
    return tmp_path


def verified(kept: Path, *more: str, code: int = 0) -> str:
    arguments = ["verify", str(kept / "record.json"), *more]
    ended = CliRunner().invoke(app, arguments, prog_name="lodestone")
    assert ended.exit_code == code, ended.output
    return ended.output


def key_of(kept: Path) -> tuple[str, str]:
    return "--key", (kept / "key").read_text()


@pytest.mark.parametrize("form", ["plan", "plan.zip"])
def test_a_record_and_its_plan_are_sound(kept: Path, form: str) -> None:
    words = verified(kept, *key_of(kept), "--plan", str(kept / form))
    assert "checked: the record is whole" in words
    assert "is signed_off; signed by Chair (usr_" in words
    assert "checked: plan.json and" in words
    assert "not checked: that the plan is the best one" in words


def test_what_was_not_checked_is_said(kept: Path) -> None:
    words = verified(kept)
    assert "not checked: the plan's document and tables" in words
    assert "not checked: whether the key is the service's" in words


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the single values of a JSON value are."""
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for name, part in parts:
        if isinstance(part, dict | list) and part:
            yield from places(part, (*at, name))
        else:
            yield (*at, name)


def test_any_altered_value_is_found(kept: Path) -> None:
    from api.signing import good_signature

    text, (_, key) = (kept / "record.json").read_text(), key_of(kept)
    found = list(places(json.loads(text)))
    assert len(found) > 60
    assert good_signature(json.loads(text), key)
    for at in found:
        if at[0] == "signature" and at[1] != "value":
            continue  # Words beside the signature: the key to believe is given.
        record = json.loads(text)
        place = record
        for part in at[:-1]:
            place = place[part]
        place[at[-1]] = "altered"
        assert not good_signature(record, key), at


@pytest.mark.parametrize(
    "how", ["value", "no signature", "another key", "added", "signed by another"]
)
def test_a_record_that_was_altered(kept: Path, tmp_path: Path, how: str) -> None:
    path, key = kept / "record.json", key_of(kept)
    record = json.loads(path.read_text())
    if how == "value":
        record["chosen"][0]["fund_musd"] = 9999
    if how == "no signature":
        record["signature"] = None
    if how == "added":
        record["note"] = "x"
    if how in ("another key", "signed by another"):
        other = signer_of(Settings(data_dir=tmp_path / "other"))
        if how == "another key":
            key = ("--key", other.public_key)
        else:
            from api.resources.plans import DecisionRecord

            forged = other.signed(DecisionRecord.model_validate(record))
            record = json.loads(forged.model_dump_json())
    path.write_text(json.dumps(record))
    words = verified(kept, *key, code=1)
    assert "not signed" in words if how == "no signature" else "ALTERED" in words


@pytest.mark.parametrize("how", ["document", "table", "gone", "more"])
def test_a_plan_that_was_altered(kept: Path, how: str) -> None:
    plan = kept / "plan"
    if how == "document":
        document = json.loads((plan / "plan.json").read_text())
        document["criteria"]["expected_cost"] += 1
        (plan / "plan.json").write_text(json.dumps(document))
    table = plan / "choice.parquet"
    if how == "table":
        table.write_bytes(table.read_bytes() + b"x")
    if how == "gone":
        table.unlink()
    if how == "more":
        (plan / "bribes.parquet").write_bytes(b"")
    words = verified(kept, *key_of(kept), "--plan", str(plan), code=1)
    name = {"document": "plan.json", "more": "bribes.parquet"}.get(how, "choice.parquet")
    assert f"{name}: " in words


@pytest.mark.parametrize("what", ["nothing", "text", "list", "object"])
def test_what_is_no_record_is_refused(tmp_path: Path, what: str) -> None:
    content = {"text": "hello", "list": "[]", "object": "{}"}.get(what)
    if content is not None:
        (tmp_path / "record.json").write_text(content)
    assert "record.json: " in verified(tmp_path, code=2)


def test_a_key_that_is_none_is_refused(kept: Path) -> None:
    assert "--key" in verified(kept, "--key", "x", code=2)


def test_a_log_written_anew_is_found_by_a_record(
    service: Service, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody with the database alters an old entry and all hashes after it."""
    settings = service.store.settings
    monkeypatch.setenv("LODESTONE_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("LODESTONE_DATABASE_URL", settings.database_url)

    def checked(*more: str) -> tuple[int, str]:
        ended = CliRunner().invoke(app, ["database", "check", *more], prog_name="lodestone")
        return ended.exit_code, ended.output

    record = ("--record", str(kept / "record.json"))
    assert checked(*record)[0] == 0, checked(*record)[1]
    with service.store.database.write() as tx:
        last = ""
        for row in tx.execute(select(log).order_by(log.c.number)).all():
            content = audit.content_of(row)
            if row.number == 1:
                content["origin"] = "somewhere else"
            last = linked(content, last)
            here = update(log).where(log.c.number == row.number)
            tx.execute(here.values(**content, hash=last))
        tx.execute(update(audit_head).values(hash=last))
    assert checked()[0] == 0
    code, words = checked(*record)
    assert code == 1
    assert "the audit log is not what it was at this sign-off" in words


def test_the_key_is_made_once_and_for_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: signer_of(settings).public_key, range(16)))
    assert len(made) == 1
    assert stat.S_IMODE((settings.data_dir / FILE).stat().st_mode) == 0o600
    assert [path.name for path in settings.data_dir.iterdir()] == [FILE]
    given = base64.b64encode(b"k" * 32).decode()
    monkeypatch.setenv(VARIABLE, given)
    assert signer_of(settings).public_key not in made
    for wrong in ("many", base64.b64encode(b"short").decode()):
        monkeypatch.setenv(VARIABLE, wrong)
        with pytest.raises(Exception, match=VARIABLE):
            signer_of(settings)
    monkeypatch.delenv(VARIABLE)
    (settings.data_dir / FILE).write_text("damaged")
    with pytest.raises(Exception, match="back-up"):
        signer_of(settings)

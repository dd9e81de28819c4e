"""`lodestone keys`: what the operator does on the machine itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from api.cli.keys import keys
from api.store import Store, audit, invitations, tables
from api.store import keys as store_keys
from api.store.migrations import upgrade

if TYPE_CHECKING:
    from api.settings import Settings

NOBODY = "org_" + "0" * 24


@pytest.fixture
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables that name the test's database."""
    monkeypatch.setenv("LODESTONE_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("LODESTONE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("LODESTONE_FREE_DISK_MB", "0")
    made = Store(settings)
    upgrade(made.database)
    made.close()


def told(*arguments: str, code: int = 0) -> str:
    """What a command writes; it ends with this code."""
    done = CliRunner().invoke(keys, arguments)
    assert done.exit_code == code, (done.output, done.exception)
    return done.stdout if code == 0 else done.stderr


@pytest.mark.usefixtures("environment")
def test_from_an_empty_database_to_a_key_and_its_end(settings: Settings) -> None:
    home = told("add-organisation", "Fund", "--kind", "secretariat").strip()
    sponsor = told(
        *("add-organisation", "Mines", "--kind", "sponsor", "--secretariat", home),
        *("--project", "b", "--project", "a"),
    ).strip()
    ada = told("add-user", home, "Ada", "--role", "admin", "--subject", "ada@provider").strip()
    secret = told("create", ada, "--label", "laptop", "--days", "7").strip()
    store = Store(settings)
    try:
        with store.database.read() as tx:
            caller = store_keys.caller_of(tx, secret)
            entries = audit.entries(tx, home, None, 9).items
        assert caller is not None
        assert (caller.user_id, caller.role, caller.kind) == (ada, "admin", "secretariat")
        assert [entry.action for entry in entries] == ["key.add", "user.add", "organisation.add"]
        assert {entry.user_id for entry in entries} == {None}
        assert secret.rsplit("_", 1)[1] not in told("list", home) + told("list", home, "--json")
        (listed,) = json.loads(told("list", home, "--json"))
        assert (listed["label"], listed["user_id"]) == ("laptop", ada)
        assert told("users", home) == f"{ada}\tadmin\tTrue\tAda\n"
        assert told("organisations").splitlines() == [
            f"{home}\tsecretariat\t-\tFund",
            f"{sponsor}\tsponsor\t{home}\tMines",
        ]
        assert json.loads(told("organisations", "--json"))[1]["projects"] == ["a", "b"]
        assert told("revoke", listed["id"]).startswith(listed["id"])
        with store.database.read() as tx:
            assert store_keys.caller_of(tx, secret) is None
    finally:
        store.close()


@pytest.mark.usefixtures("environment")
def test_what_is_refused_is_said_and_changes_nothing() -> None:
    home = told("add-organisation", "Fund", "--kind", "secretariat").strip()
    member = told("add-organisation", "Member", "--secretariat", home).strip()

    assert "--secretariat" in told("add-organisation", "Another", code=2)
    assert "is none" in told("add-organisation", "Another", "--secretariat", member, code=2)
    assert "kind" in told("add-organisation", "Another", "--kind", "king", code=2)
    assert "no organisation" in told("add-user", NOBODY, "Ada", code=2)
    assert "role" in told("add-user", home, "Ada", "--role", "king", code=2)
    assert "no user" in told("create", "usr_" + "0" * 24, code=2)
    assert "no key" in told("revoke", "key_" + "0" * 24, code=2)
    assert "no organisation" in told("list", NOBODY, code=2)
    assert len(told("organisations").splitlines()) == 2
    assert told("users", home) == ""


@pytest.mark.usefixtures("environment")
def test_all_keys_and_invitations_end_at_once_or_the_old_ones(settings: Settings) -> None:
    home = told("add-organisation", "Fund", "--kind", "secretariat").strip()
    ada = told("add-user", home, "Ada", "--role", "admin").strip()
    old, young = (told("create", ada).strip() for _ in range(2))
    invitation = told("invite", ada).strip()
    store = Store(settings)

    def opening() -> tuple[bool, ...]:
        with store.database.read() as tx:
            found = [store_keys.caller_of(tx, secret) for secret in (old, young)]
            found.append(invitations.invited(tx, invitation))
        return tuple(caller is not None for caller in found)

    try:
        with store.database.write() as tx:
            identifier = "key_" + old.split("_")[1]
            made = update(tables.keys).where(tables.keys.c.id == identifier)
            tx.execute(made.values(created_at=1_700_000_000.0))
        assert opening() == (True, True, True)
        assert told("revoke", "--created-before", "2023-11-14") == ""
        assert opening() == (True, True, True)
        ended = told("revoke", "--created-before", "2023-11-14T22:13:21")
        assert ended.split() == [identifier, *ended.split()[1:]]
        assert opening() == (False, True, True)
        assert len(told("revoke", "--all").splitlines()) == 1
        assert opening() == (False, False, False)
        assert told("revoke", "--all") == ""
        with store.database.read() as tx:
            acts = [entry.action for entry in audit.entries(tx, home, None, 9).items]
        assert acts.count("key.end") == 2
    finally:
        store.close()
    for arguments in ((), ("--all", identifier), ("--all", "--created-before", "2023-11-14")):
        assert "name one key" in told("revoke", *arguments, code=2)


@pytest.mark.usefixtures("environment")
def test_the_operator_invites_and_frees(settings: Settings) -> None:
    home = told("add-organisation", "Fund", "--kind", "secretariat").strip()
    domain = ("--subject-domain", "ministry.example")
    member = told("add-organisation", "M", "--secretariat", home, *domain).strip()
    twice = told("add-organisation", "N", "--secretariat", home, *domain, code=2)
    assert "ministry.example" in twice
    ada = told("add-user", member, "Ada", "--role", "admin", "--subject", "ada@p").strip()
    secret = told("invite", ada).strip()
    assert secret.startswith("ldin_")
    assert told("free-subject", ada).strip() == ada
    store = Store(settings)
    try:
        with store.database.read() as tx:
            caller = invitations.invited(tx, secret)
            entries = audit.entries(tx, member, None, 9).items
            assert store_keys.caller_of_subject(tx, "ada@p") is None
        assert caller is not None
        assert caller.user_id == ada
        assert [entry.action for entry in entries] == [
            "user.free_subject",
            "invitation.add",
            "user.add",
            "organisation.add",
        ]
        assert {entry.origin for entry in entries} == {audit.MACHINE}
        assert entries[0].detail["before"] == {"subject": "ada@p"}
        assert "signing.key" in told("signing", code=2)
        public = store.signer.public_key
        assert told("signing").strip() == public
    finally:
        store.close()

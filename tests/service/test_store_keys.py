"""API keys: who is recognised by one, and who is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from api.errors import Forbidden, NotFound
from api.resources.organisations import KeyRequest, UserChange, UserRequest
from api.store import keys, organisations
from api.store.tables import keys as table
from tests.support.people import Person, organisation, person

if TYPE_CHECKING:
    from api.caller import Caller
    from api.store import Store


@pytest.fixture
def ada(store: Store) -> Person:
    """An analyst of a member with a secretariat."""
    secretariat = organisation(store)
    return person(store, organisation(store, "Member", "member", secretariat))


def recognised(store: Store, secret: str) -> Caller | None:
    with store.database.read() as tx:
        return keys.caller_of(tx, secret)


def test_a_key_says_who_calls(store: Store, ada: Person) -> None:
    caller = recognised(store, ada.secret)

    assert caller is not None
    assert (caller.role, caller.kind) == ("analyst", "member")
    assert caller.fund_id == caller.secretariat_id
    caller.must_be("viewer")
    with pytest.raises(Forbidden, match="admin"):
        caller.must_be("admin")


def test_the_secret_is_kept_nowhere(store: Store, ada: Person) -> None:
    secret = ada.secret.split("_", 2)[2]
    with store.database.read() as tx:
        assert secret not in str(tx.execute(select(table)).all())


def test_whoever_is_not_recognised(store: Store, ada: Person) -> None:
    other = person(store, organisation(store, "Another"))
    prefix, identifier, secret = ada.secret.split("_", 2)
    wrong = [
        "",
        "x",
        secret,
        f"{ada.secret}\n",
        f"{ada.secret}x",
        ada.secret[:-1],
        ada.secret.swapcase(),
        f"{prefix}_{identifier}_{'A' * 43}",
        f"{prefix}_{'0' * 24}_{secret}",
        f"{prefix}_{identifier}_{other.secret.split('_', 2)[2]}",
        f"{prefix}_{identifier}_{secret[:-1]}\x00",
        "ldst_" + "%" * 24 + "_" + secret,
    ]

    assert [recognised(store, text) for text in wrong] == [None] * len(wrong)
    assert recognised(store, other.secret) is not None


def test_a_key_ends_when_it_expires(store: Store, ada: Person) -> None:
    with store.database.write() as tx:
        tx.execute(update(table).values(expires_at=table.c.expires_at - 365 * 86400.0 + 60))
    assert recognised(store, ada.secret) is not None
    with store.database.write() as tx:
        tx.execute(update(table).values(expires_at=table.c.expires_at - 61))

    assert recognised(store, ada.secret) is None


def test_a_key_ends_when_it_is_revoked(store: Store, ada: Person) -> None:
    assert ada.caller.key_id is not None
    with store.database.write() as tx:
        first = keys.revoke(tx, ada.caller.key_id)
        again = keys.revoke(tx, ada.caller.key_id)

    assert first.revoked_at is not None
    assert again == first
    assert recognised(store, ada.secret) is None
    with store.database.write() as tx, pytest.raises(NotFound):
        keys.revoke(tx, "key_" + "0" * 24)


def test_a_key_sleeps_while_its_user_is_not_active(store: Store, ada: Person) -> None:
    def activate(*, active: bool, version: int) -> None:
        with store.database.write() as tx:
            change = UserChange(active=active)
            organisations.change_user(tx, ada.caller.user_id, change, version)

    activate(active=False, version=1)
    assert recognised(store, ada.secret) is None
    with store.database.write() as tx, pytest.raises(Forbidden, match="not active"):
        keys.add(tx, ada.caller.user_id, KeyRequest())
    activate(active=True, version=2)
    assert recognised(store, ada.secret) is not None


def test_a_new_role_counts_at_once(store: Store, ada: Person) -> None:
    with store.database.write() as tx:
        organisations.change_user(tx, ada.caller.user_id, UserChange(role="viewer"), 1)

    caller = recognised(store, ada.secret)
    assert caller is not None
    assert caller.role == "viewer"


def test_a_user_may_have_several_keys(store: Store, ada: Person) -> None:
    with store.database.write() as tx:
        second = keys.add(tx, ada.caller.user_id, KeyRequest(label="rotation", days=1))
        assert ada.caller.key_id is not None
        keys.revoke(tx, ada.caller.key_id)
        listed = keys.listed(tx, ada.caller.organisation_id, ada.caller.user_id, None, 9)

    assert recognised(store, second.secret) is not None
    assert [key.label for key in listed.items] == ["rotation", ""]
    assert (second.expires_at - second.created_at).total_seconds() == pytest.approx(86400, abs=1)
    with store.database.write() as tx, pytest.raises(NotFound):
        keys.add(tx, "usr_" + "0" * 24, KeyRequest())


def test_use_is_noted_once_a_minute(store: Store, ada: Person) -> None:
    assert ada.caller.key_id is not None
    times = []
    for _ in range(2):
        with store.database.write() as tx:
            keys.seen(tx, ada.caller.key_id)
            times.append(keys.get(tx, ada.caller.key_id).last_used_at)

    assert times[0] is not None
    assert times[0] == times[1]


def test_the_identity_providers_name_says_who_calls(store: Store, ada: Person) -> None:
    with store.database.write() as tx:
        request = UserRequest(name="Bob", role="viewer", subject="bob@provider")
        bob = organisations.add_user(tx, ada.caller.organisation_id, request)
        caller = keys.caller_of_subject(tx, "bob@provider")

        assert caller is not None
        assert (caller.user_id, caller.key_id) == (bob.id, None)
        assert keys.caller_of_subject(tx, "eve@provider") is None
        organisations.change_user(tx, bob.id, UserChange(active=False), 1)
        assert keys.caller_of_subject(tx, "bob@provider") is None

"""Secrets reach their person only, and whoever is acted upon sees it in the own audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from api.store import keys, organisations
from api.store.bootstrap import first_key
from tests.support.people import person, tiny

if TYPE_CHECKING:
    import httpx

    from api.store import Store
    from tests.support.application import Fund, Service
    from tests.support.people import Person

NEW = {"name": "Grace", "role": "admin"}


def home_of(who: Person) -> str:
    return f"/v1/organisations/{who.caller.organisation_id}"


def audited(service: Service, who: Person) -> list[dict[str, Any]]:
    """The audit log of somebody's organisation, newest first."""
    with service.client(who) as client:
        items: list[dict[str, Any]] = client.get("/v1/audit", params={"limit": 200}).json()["items"]
    return items


def entry(service: Service, who: Person, action: str) -> dict[str, Any]:
    """The newest entry of an action in somebody's log."""
    return next(one for one in audited(service, who) if one["action"] == action)


def accepted(service: Service, secret: str, **query: object) -> httpx.Response:
    with service.client(Authorization=f"Bearer {secret}") as client:
        return client.post("/v1/invitations/accept", params=query)


@pytest.mark.parametrize("whose", ["member", "sponsor"])
def test_a_secretariat_gets_no_credential_of_another_organisation(
    service: Service, fund: Fund, whose: str
) -> None:
    """No key, no invitation, no subject: neither of those who are there nor of one it adds."""
    them: Person = getattr(fund, whose)
    there = f"{home_of(them)}/users"
    with service.client(fund.admin) as client:
        added = client.post(there, json=NEW | {"subject": "grace@provider"}).json()
        assert (added["subject"], added["awaited_subject"]) == (None, "grace@provider")
        for user in (them.caller.user_id, added["id"]):
            key = client.post(f"{there}/{user}/keys", json={})
            assert (key.status_code, "secret" in key.text) == (403, False)
            assert "another organisation" in key.json()["detail"]
            invitation = client.post(f"{there}/{user}/invitations")
            assert (invitation.status_code, "ldin_" in invitation.text) == (403, False)


def test_a_first_admin_is_invited_until_somebody_has_come(service: Service, fund: Fund) -> None:
    with service.client(fund.admin) as client:
        made = client.post(
            "/v1/organisations", json={"name": "New", "kind": "member", "admin": "Mensah"}
        )
        here, first = made.headers["Location"], made.json()["invitation"]
        admin = f"{here}/users/{first['user_id']}"
        assert client.get(admin).json()["name"] == "Mensah"
        second = client.post(f"{admin}/invitations").json()
        assert accepted(service, first["secret"]).status_code == 401, "replaced"
        key = accepted(service, second["secret"], label="mine")
        assert key.json()["created_by"] == fund.admin.caller.user_id
        assert client.post(f"{admin}/invitations").status_code == 403
    with service.client(Authorization=f"Bearer {key.json()['secret']}") as theirs:
        told = [one["action"] for one in theirs.get("/v1/audit").json()["items"]]
    assert told == [
        "act.refuse",
        "invitation.accept",
        "invitation.add",
        "invitation.add",
        "user.add",
        "organisation.add",
    ]


def test_a_colleague_is_invited_and_makes_the_key(service: Service, fund: Fund) -> None:
    here = f"{home_of(fund.member)}/users"
    with service.client(fund.member) as admin:
        user = admin.post(here, json=NEW).json()["id"]
        invitation = admin.post(f"{here}/{user}/invitations").json()
        assert user == invitation["user_id"]
        with service.client(Authorization=f"Bearer {invitation['secret']}") as person:
            for path in ("/v1/me", "/v1/plans", here):
                assert person.get(path).status_code == 401, "it opens nothing but its acceptance"
        key = accepted(service, invitation["secret"], days=7).json()
        assert accepted(service, invitation["secret"]).status_code == 401, "once"
        again = admin.post(f"{here}/{user}/keys", json={})
        assert again.status_code == 403, "an admin is not its colleagues"
        assert "/invitations" in again.json()["detail"]
    told = entry(service, fund.member, "invitation.accept")
    assert (told["user_id"], told["origin"]) == (user, "127.0.0.1")
    assert key["secret"] not in str(audited(service, fund.member))


def test_a_program_s_first_key_is_told_as_made_by_another(service: Service, fund: Fund) -> None:
    here = f"{home_of(fund.member)}/users"
    with service.client(fund.member) as admin:
        user = admin.post(here, json={"name": "Nightly", "role": "analyst"}).json()["id"]
        key = admin.post(f"{here}/{user}/keys", json={"label": "cron", "days": 9})
        assert key.status_code == 201
        assert key.json()["created_by"] == fund.member.caller.user_id
    with service.client(Authorization=f"Bearer {key.json()['secret']}") as program:
        own = program.post(f"{here}/{user}/keys", json={}).json()
        assert own["created_by"] == fund.member.caller.user_id, "it came through the same hand"
    told = entry(service, fund.member, "key.add")
    assert told["owner_id"] == fund.member.caller.organisation_id
    first = [one for one in audited(service, fund.member) if one["action"] == "key.add"][-1]
    assert first["detail"] == {
        "user": user,
        "label": "cron",
        "days": 9,
        "scope": {"read_only": False, "resource": None, "networks": []},
        "made_for_another": True,
    }


def test_everybody_keeps_the_own_keys_and_nobody_else_s(service: Service, fund: Fund) -> None:
    here = f"{home_of(fund.viewer)}/users"
    mine, other = fund.viewer.caller.user_id, fund.analyst.caller.user_id
    with service.client(fund.viewer) as client:
        made = client.post(f"{here}/{mine}/keys", json={"label": "new"})
        assert (made.status_code, made.json()["created_by"]) == (201, None)
        assert len(client.get(f"{here}/{mine}/keys").json()["items"]) == 2
        ended = client.delete(f"{here}/{mine}/keys/{made.json()['id']}")
        assert ended.json()["revoked_at"]
        assert client.get(f"{here}/{other}/keys").status_code == 403
        assert client.post(f"{here}/{other}/keys", json={}).status_code == 403
        key = fund.analyst.caller.key_id
        assert client.delete(f"{here}/{other}/keys/{key}").status_code == 403
        assert client.delete(f"{here}/{mine}/keys/{key}").status_code == 404


@pytest.mark.parametrize("how", ["wrong", "replaced", "over", "not active"])
def test_invitations_that_open_nothing(service: Service, fund: Fund, how: str) -> None:
    from sqlalchemy import update

    from api.store.tables import invitations, users

    here = f"{home_of(fund.member)}/users"
    with service.client(fund.member) as admin:
        user = admin.post(here, json=NEW).json()["id"]
        secret = admin.post(f"{here}/{user}/invitations").json()["secret"]
        if how == "replaced":
            admin.post(f"{here}/{user}/invitations")
    with service.store.database.write() as tx:
        if how == "over":
            tx.execute(update(invitations).values(expires_at=invitations.c.created_at))
        if how == "not active":
            tx.execute(update(users).where(users.c.id == user).values(active=False))
    if how == "wrong":
        secret = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    assert accepted(service, secret).status_code == 401


def test_a_member_sees_what_the_secretariat_does_to_it(service: Service, fund: Fund) -> None:
    """With old and new values, who, and from where."""
    there = home_of(fund.member)
    colleague = person(service.store, fund.member.caller.organisation_id, "analyst", "Bo")
    user = f"{there}/users/{colleague.caller.user_id}"
    with service.client(fund.admin) as client:
        tag = {"If-Match": client.get(there).headers["ETag"]}
        assert client.patch(there, json={"quota": {"instances": 7}}, headers=tag).status_code == 200
        tag = {"If-Match": client.get(user).headers["ETag"]}
        assert client.patch(user, json={"role": "viewer"}, headers=tag).status_code == 200
        key = f"{user}/keys/{colleague.caller.key_id}"
        assert client.delete(key).status_code == 200
        assert client.post(f"{user}/keys", json={}).status_code == 403

    quota = entry(service, fund.member, "organisation.change")["detail"]
    assert quota["fields"] == ["quota"]
    assert quota["before"]["quota"]["instances"] == 10_000
    assert quota["after"]["quota"]["instances"] == 7
    role = entry(service, fund.member, "user.change")
    assert role["detail"]["before"] == {"role": "analyst"}
    assert role["detail"]["after"] == {"role": "viewer"}
    assert role["resource"] == colleague.caller.user_id
    assert entry(service, fund.member, "key.end")["resource"] == colleague.caller.key_id
    refused = entry(service, fund.member, "act.refuse")
    assert refused["detail"]["route"].endswith("/keys")
    assert "another organisation" in refused["detail"]["reason"]
    for told in audited(service, fund.member)[:4]:
        assert told["organisation_id"] == fund.secretariat
        assert told["owner_id"] == fund.member.caller.organisation_id
        assert told["user_id"] == fund.admin.caller.user_id
        assert told["origin"] == "127.0.0.1"
        assert len(told["request_id"]) >= 8


def test_every_entry_names_the_organisation_acted_upon(service: Service, fund: Fund) -> None:
    """A webhook, a share with another, an instance, a job: each kind has an owner."""
    store, there = service.store, fund.member.caller.organisation_id
    instance = tiny(store, fund.analyst.caller).id
    with service.client(fund.admin) as client:
        hook = client.post("/v1/webhooks", json={"url": "https://1.1.1.1/"}).json()["id"]
        client.delete(f"/v1/webhooks/{hook}")
        client.put(f"/v1/instances/{instance}/shares/{there}", json={"note": "look"})
        client.delete(f"/v1/instances/{instance}/shares/{there}")
        job = client.post("/v1/jobs", json={"kind": "solve", "instance_id": instance}).json()["id"]
        client.post(f"/v1/jobs/{job}/cancel")
        client.delete(f"/v1/instances/{tiny(store, fund.analyst.caller).id}")
    log = audited(service, fund.admin)
    assert {one["owner_id"] for one in log} == {fund.secretariat, there}
    assert [one["action"] for one in audited(service, fund.member)] == [
        "instance.unshare",
        "instance.share",
    ]
    assert {one["action"] for one in log} >= {"webhook.add", "webhook.delete", "job.cancel"}


def test_refused_acts_are_told_and_refused_reads_are_not(service: Service, fund: Fund) -> None:
    with service.client(fund.viewer) as client:
        assert client.get("/v1/audit").status_code == 403
        assert client.post("/v1/organisations", json={"name": "X", "kind": "member"}).is_error
    with service.client(fund.analyst) as client:
        assert client.post("/v1/webhooks", json={"url": "https://1.1.1.1/"}).is_error
    refused = [one for one in audited(service, fund.admin) if one["action"] == "act.refuse"]
    assert [one["detail"]["route"] for one in refused] == ["/v1/webhooks", "/v1/organisations"]
    assert "role admin" in refused[0]["detail"]["reason"]


def test_a_refusal_tells_nothing_of_others(service: Service, fund: Fund) -> None:
    """Whose it is, who is refused before it was looked for does not read in the own log."""
    foreign = tiny(service.store, fund.stranger.caller).id
    with service.client(fund.viewer) as client:
        for identifier in (foreign, "ins_" + "0" * 24):
            assert client.delete(f"/v1/instances/{identifier}").status_code == 403
    refused = [one for one in audited(service, fund.admin) if one["action"] == "act.refuse"]
    assert {one["owner_id"] for one in refused} == {fund.secretariat}
    assert audited(service, fund.stranger) == []


@pytest.mark.parametrize("why", ["wrong secret", "revoked", "expired", "user not active"])
def test_failed_log_ins_are_told_to_whose_key_it_is(service: Service, fund: Fund, why: str) -> None:
    from sqlalchemy import update

    from api.store.tables import keys as keys_table
    from api.store.tables import users

    someone = person(service.store, fund.member.caller.organisation_id, "viewer", "Bo")
    key, secret = someone.caller.key_id, someone.secret
    assert key is not None
    with service.store.database.write() as tx:
        if why == "revoked":
            keys.revoke(tx, key)
        if why == "expired":
            tx.execute(update(keys_table).where(keys_table.c.id == key).values(expires_at=1.0))
        if why == "user not active":
            whose = users.c.id == someone.caller.user_id
            tx.execute(update(users).where(whose).values(active=False))
    if why == "wrong secret":
        secret = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    headers = {"Authorization": f"Bearer {secret}", "X-Request-ID": "log-in-0001"}
    with service.client(**headers) as client:
        assert client.get("/v1/me").status_code == 401
    told = entry(service, fund.member, "login.refuse")
    assert told["detail"] == {"reason": why}
    assert (told["resource"], told["origin"]) == (key, "127.0.0.1")
    assert (told["user_id"], told["request_id"]) == (None, "log-in-0001")


def test_the_first_admin_s_key_is_in_the_log(store: Store) -> None:
    from api.store import audit

    key = first_key(store)
    assert key is not None
    with store.database.read() as tx:
        log = audit.entries(tx, key.organisation_id, None, 9).items
        user = organisations.user(tx, key.user_id)
    assert [one.action for one in log] == ["key.add", "user.add", "organisation.add"]
    assert (log[0].resource, log[0].origin) == (key.id, audit.MACHINE)
    assert user.created_by is None

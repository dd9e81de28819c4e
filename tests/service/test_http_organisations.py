"""Organisations, users, keys and webhooks over HTTP, and who may manage them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from api.resources.organisations import Quota
from api.store import outbox
from tests.support.application import ended
from tests.support.people import organisation, person, queued, tiny

if TYPE_CHECKING:
    from tests.support.application import Fund, Service

ZIP = {"Content-Type": "application/zip"}


def test_a_secretariat_s_admin_builds_its_fund(service: Service, fund: Fund) -> None:
    """From an organisation to a key that works, which nobody but its person has ever had."""
    with service.client(fund.admin) as client:
        sponsor = client.post(
            "/v1/organisations", json={"name": "Pit Co", "kind": "sponsor", "projects": ["pit"]}
        )
        assert sponsor.status_code == 201
        here = sponsor.headers["Location"]
        invitation = sponsor.json()["invitation"]
        user = client.post(f"{here}/users", json={"name": "Grace", "role": "analyst"})
        assert user.status_code == 201
        refused = client.post(f"{user.headers['Location']}/keys", json={"label": "laptop"})
        assert refused.status_code == 403
        assert "another organisation" in refused.json()["detail"]
    invited = {"Authorization": f"Bearer {invitation['secret']}"}
    with service.client(**invited) as person:
        assert person.get("/v1/me").status_code == 401
        key = person.post("/v1/invitations/accept", params={"label": "laptop", "days": 30})
        assert key.status_code == 201
        assert key.headers["Cache-Control"] == "no-store"
        assert person.post("/v1/invitations/accept").status_code == 401
    headers = {"Authorization": f"Bearer {key.json()['secret']}"}
    with service.client(**headers) as person:
        me = person.get("/v1/me")
        assert me.json()["organisation"]["id"] == sponsor.json()["id"]
        assert me.json()["key_id"] == key.json()["id"]
        keys = f"{here}/users/{key.json()['user_id']}/keys"
        listed = person.get(keys)
        assert key.json()["secret"] not in listed.text
        second = person.post(keys, json={"label": "rotated"})
        assert second.status_code == 201
        ended = person.delete(f"{keys}/{key.json()['id']}")
        assert ended.json()["revoked_at"] is not None
        assert person.get("/v1/me").status_code == 401


def test_only_a_secretariat_s_admin_does(service: Service, fund: Fund) -> None:
    body = {"name": "X", "kind": "member"}
    for who in (fund.member, fund.sponsor, fund.analyst, fund.viewer):
        with service.client(who) as client:
            assert client.post("/v1/organisations", json=body).status_code == 403
    with service.client(fund.admin) as client:
        second = {"name": "X", "kind": "secretariat"}
        assert client.post("/v1/organisations", json=second).status_code == 422


def test_projects_and_quota_are_the_secretariat_s_to_set(service: Service, fund: Fund) -> None:
    """A sponsor that could name its own projects would see others'."""
    here = f"/v1/organisations/{fund.sponsor.caller.organisation_id}"
    first = {"If-Match": '"1"'}
    with service.client(fund.sponsor, **first) as client:
        assert client.patch(here, json={"projects": ["pit", "hill"]}).status_code == 403
        assert client.patch(here, json={"quota": {}}).status_code == 403
        renamed = client.patch(here, json={"name": "New name"})
        assert renamed.status_code == 200
    second = {"If-Match": renamed.headers["ETag"]}
    with service.client(fund.admin, **second) as client:
        changed = client.patch(here, json={"projects": ["hill"]})
        assert changed.json()["projects"] == ["hill"]
        assert changed.json()["name"] == "New name"


def test_the_last_admin_stays(service: Service, fund: Fund) -> None:
    here = f"/v1/organisations/{fund.secretariat}/users/{fund.admin.caller.user_id}"
    with service.client(fund.admin) as client:
        tag = {"If-Match": client.get(here).headers["ETag"]}
        assert client.patch(here, json={"role": "viewer"}, headers=tag).status_code == 403
        assert client.get("/v1/me").json()["user"]["role"] == "admin"


def test_a_webhook_is_told_of_the_end_of_a_job(service: Service, fund: Fund) -> None:
    with service.client(fund.admin) as client:
        made = client.post("/v1/webhooks", json={"url": "https://1.1.1.1/hook"})
        assert made.json()["secret"].startswith("whsec_")
        here = made.headers["Location"]
        assert "secret" not in client.get(here).json()
        queued(service.store, fund.analyst.caller, tiny(service.store, fund.analyst.caller).id)
        ended(service.store)
        (message,) = client.get(f"{here}/deliveries").json()["items"]
        assert message["state"] == "waiting"
        resend = client.post(f"{here}/deliveries/{message['id']}/resend")
        assert resend.status_code == 202
        assert client.delete(here).status_code == 204
        assert client.get(here).status_code == 404
    with service.client(fund.analyst) as client:
        assert client.get("/v1/webhooks").status_code == 403


def test_the_owner_of_a_disabled_webhook_sees_why_and_enables_it(
    service: Service, fund: Fund
) -> None:
    with service.client(fund.admin) as client:
        here = client.post("/v1/webhooks", json={"url": "https://1.1.1.1/"}).headers["Location"]
        queued(service.store, fund.analyst.caller, tiny(service.store, fund.analyst.caller).id)
        ended(service.store)
        with service.store.database.write() as tx:
            message = outbox.due(tx)
            assert message is not None
            outbox.settled(tx, message, 410, "it answered 410")
        assert "wants no more" in client.get(here).json()["disabled_because"]
        assert client.get("/v1/audit").json()["items"][0]["action"] == "webhook.disable"
        resend = f"{here}/deliveries/{message.delivery_id}/resend"
        assert client.post(resend).status_code == 409
        assert client.post(f"{here}/enable").json()["disabled_because"] is None
        assert client.get("/v1/audit").json()["items"][0]["action"] == "webhook.enable"
        assert client.post(resend).status_code == 202
    with service.client(fund.analyst) as client:
        assert client.post(f"{here}/enable").status_code == 403


def test_what_is_used_of_the_quotas_is_told(service: Service, fund: Fund) -> None:
    instance = tiny(service.store, fund.analyst.caller)
    with service.client(fund.analyst) as client:
        wanted = {"kind": "solve", "instance_id": instance.id, "options": {"time_limit_s": 60}}
        assert client.post("/v1/jobs", json=wanted).status_code == 202
        told = client.get("/v1/me").json()["organisation"]
        assert told["quota"]["stored_mb"] == 10_240
        assert told["usage"]["stored_mb"] == instance.size_bytes / 2**20
        assert told["usage"]["cpu_s_reserved"] == 360


def test_what_is_unpacked_counts_and_not_what_is_posted(service: Service) -> None:
    """Seven hundred zones with names of one letter are next to nothing in a zip file."""
    home = organisation(service.store, quota=Quota(stored_mb=1))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in [*Path("instances/tiny").glob("*.csv"), Path("instances/tiny/instance.toml")]:
            text = path.read_text(encoding="utf-8")
            if path.name == "zones.csv":
                text = "id,name\n" + "".join(
                    f"{name},{'A' * 1900}\n"
                    for name in ("home", "china", *(f"zone-{number}" for number in range(700)))
                )
            packed.writestr(path.name, text)
    body = target.getvalue()
    assert len(body) < 2**17
    with service.client(person(service.store, home)) as client:
        answer = client.post("/v1/instances", content=body, headers=ZIP)
        assert answer.status_code == 429, answer.text
        assert "MiB unpacked, of at most 1 MiB" in answer.json()["detail"]


def test_the_audit_log_tells_who_did_what(service: Service, fund: Fund) -> None:
    instance = tiny(service.store, fund.analyst.caller)
    with service.client(fund.analyst) as client:
        body = {"kind": "solve", "instance_id": instance.id}
        job = client.post("/v1/jobs", json=body).json()["id"]
        client.get(f"/v1/instances/{instance.id}/document")
        client.post(f"/v1/jobs/{job}/cancel")
        assert client.get("/v1/audit").status_code == 403
    with service.client(fund.admin) as client:
        page = client.get("/v1/audit", params={"limit": 2}).json()
        rest = client.get("/v1/audit", params={"cursor": page["next"]}).json()
    entries = page["items"] + rest["items"]
    assert [entry["action"] for entry in entries] == [
        "job.cancel",
        "instance.download",
        "job.submit",
    ]
    assert {entry["user_id"] for entry in entries} == {fund.analyst.caller.user_id}
    assert entries[0]["resource"] == job

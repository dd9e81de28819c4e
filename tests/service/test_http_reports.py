"""Reports and comparisons are made once, for those who may see all of it; reviews have names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from api.http.comparisons import Compared, Comparisons
from api.store import access
from api.store import reports as store_of_reports
from api.store.tables import reports
from tests.support.application import planned
from tests.support.people import person

if TYPE_CHECKING:
    from optimizer import Plan
    from tests.support.application import Fund, Service
    from tests.support.people import Person

KEPT = "these words are kept"


def shared(service: Service, fund: Fund, resource: str, partner: Person, note: str = "") -> None:
    with service.store.database.write() as tx:
        home = partner.caller.organisation_id
        access.share(tx, fund.admin.caller, resource, home, note)


def test_a_report_is_made_once(service: Service, fund: Fund, solved: Plan) -> None:
    """What is kept at the first reading is what all others get."""
    plan_id = planned(service.store, fund.analyst, solved)
    path = f"/v1/plans/{plan_id}/report"
    with service.client(fund.analyst) as client:
        first = client.get(path).text
        assert client.get(path).text == first
        with service.store.database.write() as tx:
            (row,) = tx.execute(select(reports)).all()
            tx.execute(update(reports).values(text=KEPT))
        again = client.get(path).text
        headers = {"If-Match": '"1"'}
        assert client.delete(f"/v1/plans/{plan_id}", headers=headers).status_code == 204

    assert row.with_instance
    assert first.startswith(row.text)
    assert "PROOF" in row.text
    assert again.startswith(KEPT)
    with service.store.database.read() as tx:
        assert tx.execute(select(func.count()).select_from(reports)).scalar_one() == 0


def test_nobody_gets_a_report_that_was_made_for_others(
    service: Service, fund: Fund, solved: Plan
) -> None:
    """A member without the instance has a report of its own; sponsors and strangers have none."""
    store = service.store
    plan_id = planned(store, fund.analyst, solved)
    path = f"/v1/plans/{plan_id}/report"
    with store.database.write() as tx:
        store_of_reports.keep(tx, plan_id, KEPT, with_instance=True)
        store_of_reports.keep(tx, plan_id, "second", with_instance=True)
    for partner in (fund.member, fund.sponsor):
        shared(service, fund, plan_id, partner)
    with service.client(fund.member) as client:
        poorer = client.get(path).text
        assert KEPT not in poorer
        assert "not shared with you" in poorer
        instance = client.get(f"/v1/plans/{plan_id}").json()["instance_id"]
        shared(service, fund, instance, fund.member)
        assert client.get(path).text.startswith(KEPT)
        assert "not shared with you" not in client.get(path).text
    with service.client(fund.sponsor) as client:
        assert client.get(path).status_code == 403
    with service.client(fund.stranger) as client:
        assert client.get(path).status_code == 404
    with store.database.read() as tx:
        rows = tx.execute(select(reports.c.with_instance).order_by(reports.c.with_instance))
        assert list(rows.scalars()) == [False, True]


def test_of_a_plan_that_is_gone_no_report_is_kept(service: Service, fund: Fund) -> None:
    with service.store.database.write() as tx:
        store_of_reports.keep(tx, "plan_" + "0" * 24, KEPT, with_instance=True)
        assert tx.execute(select(reports)).all() == []


def test_a_comparison_is_made_once_for_those_who_may_see_its_plans(
    service: Service, fund: Fund, solved: Plan
) -> None:
    names = [planned(service.store, fund.analyst, solved, label=one) for one in ("May", "June")]
    asked = ("/v1/plans/comparison", {"plan": names})
    kept = service.app.state.comparisons
    with service.client(fund.analyst) as client:
        made = client.get(asked[0], params=asked[1]).json()
        assert made["plans"] == names
        kept._kept[Compared(tuple(names), True)] = '{"plans": []}'
        again = client.get(asked[0], params=asked[1])
        other = client.get(asked[0], params={"plan": names[::-1]}).json()
        assert again.json() == {"headings": made["headings"], "plans": []}
        assert other["plans"] == names[::-1]
    shared(service, fund, names[0], fund.member)
    shared(service, fund, names[0], fund.sponsor)
    shared(service, fund, names[1], fund.sponsor)
    with service.client(fund.stranger) as client:
        assert client.get(asked[0], params=asked[1]).status_code == 404
    with service.client(fund.sponsor) as client:
        assert client.get(asked[0], params=asked[1]).status_code == 403
    with service.client(fund.member) as client:
        assert client.get(asked[0], params=asked[1]).status_code == 404
        shared(service, fund, names[1], fund.member)
        poorer = client.get(asked[0], params=asked[1]).json()
    assert poorer["plans"] == names
    assert poorer["headings"] == {names[0]: "May", names[1]: "June"}


def test_only_so_much_of_comparisons_is_kept() -> None:
    """What was not asked for longest goes first; what is larger than all is not kept at all."""
    kept = Comparisons(most_bytes=10)
    one, two, three = (Compared((name,), True) for name in "abc")
    kept.keep(one, "1234")
    kept.keep(two, "1234")
    kept.keep(two, "ignored")
    assert kept.get(one) == "1234"
    kept.keep(three, "123")
    assert (kept.get(one), kept.get(two), kept.get(three)) == ("1234", None, "123")
    kept.keep(two, "x" * 11)
    assert kept.get(two) is None
    assert kept.get(Compared(("a",), False)) is None


def test_report_steps_and_record_name_who_reviewed_and_signed(
    service: Service, fund: Fund, solved: Plan
) -> None:
    """For an analyst and for a member who sees the plan; who is no admin lists no users."""
    store = service.store
    plan_id = planned(store, fund.analyst, solved)
    eve = person(store, fund.secretariat, name="Eve Moneypenny")
    ben = person(store, fund.secretariat, "admin", name="Ben Doyle")
    path = f"/v1/plans/{plan_id}"
    with service.client(fund.analyst) as client:
        draft = client.get(f"{path}/report").text
    for hand, state in ((fund.analyst, "in_review"), (eve, "reviewed"), (ben, "signed_off")):
        with service.client(hand) as client:
            tag = {"If-Match": client.get(path).headers["ETag"]}
            client.post(f"{path}/review", json={"state": state}, headers=tag)
    shared(service, fund, plan_id, fund.member)
    for reader in (fund.viewer, fund.member):
        with service.client(reader) as client:
            steps = client.get(f"{path}/review").json()
            record = client.get(f"{path}/decision-record").json()
            report = client.get(f"{path}/report").text
        names = ["Ada", "Eve Moneypenny", "Ben Doyle"]
        assert [step["by_name"] for step in steps] == names
        assert [step["by_name"] for step in record["steps"]] == names
        assert "The plan is signed off." in report
        for done, who in (
            ("submitted for review", "Ada"),
            ("reviewed", "Eve Moneypenny"),
            ("signed off", "Ben Doyle"),
        ):
            assert f"UTC  {done} by {who} (usr_" in report
    assert "A draft: nobody has submitted it" in draft


def test_a_note_is_shown_to_whom_it_is_written(service: Service, fund: Fund, solved: Plan) -> None:
    plan_id = planned(service.store, fund.analyst, solved)
    with service.client(fund.analyst) as client:
        own = client.get(f"/v1/plans/{plan_id}").json()
    for resource in (plan_id, own["instance_id"]):
        shared(service, fund, resource, fund.member, "for your delegation")
        shared(service, fund, resource, fund.sponsor, "your pit")
    table = {plan_id: "plans", own["instance_id"]: "instances"}
    for reader, note in (
        (fund.member, "for your delegation"),
        (fund.sponsor, "your pit"),
        (fund.viewer, None),
    ):
        with service.client(reader) as client:
            for resource, place in table.items():
                assert client.get(f"/v1/{place}/{resource}").json()["note"] == note
                assert [one["note"] for one in client.get(f"/v1/{place}").json()["items"]] == [note]

"""The queue of messages to webhooks: due, tried again later, dead, sent again."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, update

from api.errors import Conflict, Invalid, NotFound
from api.resources.webhooks import WebhookRequest
from api.sealing import Sealer
from api.store import audit, jobs, outbox, secrets_kept, webhooks
from api.store.claims import Outcome
from api.store.outbox import (
    DISABLED_AFTER_DEAD,
    DISABLED_AFTER_S,
    JITTER,
    OF_ORGANISATION,
    OF_RECEIVER,
    REST_S,
    RESTS_FROM,
    WAITS_S,
)
from api.store.tables import deliveries
from api.store.tables import webhooks as hooks
from api.store.webhooks import MOST
from tests.support.ended import claimed, planned, published
from tests.support.people import Person, organisation, person, queued, tiny

if TYPE_CHECKING:
    from api.resources.webhooks import Delivery, Webhook
    from api.store import Store
    from api.store.outbox import Due

URL = "https://hooks.example.org/lodestone"


@pytest.fixture
def ada(store: Store) -> Person:
    """An admin."""
    return person(store, organisation(store), "admin")


def hook(store: Store, ada: Person) -> str:
    with store.database.write() as tx:
        return webhooks.add(tx, ada.caller, WebhookRequest(url=URL)).id


def due(store: Store) -> Due | None:
    with store.database.write() as tx:
        return outbox.due(tx)


def settled(store: Store, sent: Due, status: int | None, error: str | None) -> None:
    with store.database.write() as tx:
        outbox.settled(tx, sent, status, error)


def later(store: Store, seconds: float) -> None:
    """Let time pass for every message and every receiver."""
    with store.database.write() as tx:
        for table, names in (
            (deliveries, ("next_at", "sending_until")),
            (hooks, ("failing_since", "rests_until")),
        ):
            tx.execute(update(table).values({name: table.c[name] - seconds for name in names}))


def history(store: Store, ada: Person, identifier: str) -> tuple[Delivery, ...]:
    with store.database.read() as tx:
        return webhooks.history(tx, identifier, ada.caller, None, 50).items


def test_every_receiver_hears_of_an_end_once(store: Store, ada: Person) -> None:
    first, second = hook(store, ada), hook(store, ada)
    hook(store, person(store, organisation(store, "Another"), "admin"))
    plan = planned(store, ada.caller)

    sent = [message for _ in range(2) if (message := due(store)) is not None]

    assert due(store) is None
    assert {message.job["plan_id"] for message in sent} == {plan.id}
    assert sent[0].job.pop("ended_at").endswith("Z")
    assert sent[0].job == {
        "job_id": plan.job_id,
        "kind": "solve",
        "state": "succeeded",
        "plan_id": plan.id,
        "instance_id": plan.instance_id,
    }
    assert sent[0].url == URL
    assert sent[0].secret != sent[1].secret
    for message in sent:
        settled(store, message, 200, None)
    for identifier in (first, second):
        (told,) = history(store, ada, identifier)
        assert (told.state, told.attempts, told.last_status) == ("delivered", 1, 200)


def test_every_way_to_end_is_told(store: Store, ada: Person) -> None:
    hook(store, ada)
    instance = tiny(store, ada.caller).id
    waiting = queued(store, ada.caller, instance)
    with store.database.write() as tx:
        jobs.cancel(tx, ada.caller, waiting.id)
    for state in ("failed", "infeasible", "stopped_with_plan"):
        queued(store, ada.caller, instance)
        claim = claimed(store)
        assert claim is not None
        assert published(store, claim, Outcome(state, 1.0))  # type: ignore[arg-type]

    told = []
    while (message := due(store)) is not None:
        told.append(message.job["state"])
        settled(store, message, 204, None)

    assert told == ["cancelled", "failed", "infeasible", "stopped_with_plan"]


def test_a_message_that_failed_is_tried_again_ever_later_and_then_dead(
    store: Store, ada: Person
) -> None:
    identifier = hook(store, ada)
    planned(store, ada.caller)
    for attempt, wait in enumerate(WAITS_S, start=1):
        message = due(store)
        assert message is not None
        assert message.attempt == attempt
        settled(store, message, 500, "answered 500")
        later(store, wait * (1 - JITTER) - 2)
        assert due(store) is None
        later(store, 2 * wait * JITTER + 3)
    last = due(store)
    assert last is not None
    settled(store, last, None, "no connection")

    (told,) = history(store, ada, identifier)
    assert (told.state, told.attempts, told.next_at) == ("dead", len(WAITS_S) + 1, None)
    assert (told.last_status, told.last_error) == (None, "no connection")
    later(store, 1e6)
    assert due(store) is None


def dead(store: Store, ada: Person) -> tuple[str, Delivery]:
    identifier = hook(store, ada)
    planned(store, ada.caller)
    with store.database.write() as tx:
        tx.execute(update(deliveries).values(attempts=len(WAITS_S)))
    message = due(store)
    assert message is not None
    settled(store, message, 503, "answered 503")
    (told,) = history(store, ada, identifier)
    assert told.state == "dead"
    return identifier, told


def test_a_dead_message_can_be_sent_again(store: Store, ada: Person) -> None:
    identifier, told = dead(store, ada)
    with store.database.write() as tx:
        again = webhooks.resend(tx, identifier, told.id, ada.caller)
    assert (again.state, again.attempts) == ("waiting", 0)

    message = due(store)
    assert message is not None
    settled(store, message, 204, None)
    assert history(store, ada, identifier)[0].state == "delivered"
    with store.database.write() as tx, pytest.raises(NotFound):
        webhooks.resend(tx, identifier, "dlv_" + "0" * 24, ada.caller)


def test_any_message_can_be_sent_again(store: Store, ada: Person) -> None:
    """A delivered one, and one that waits for hours: at once, with its own identifier."""
    identifier = hook(store, ada)
    planned(store, ada.caller)
    for status, error in ((204, None), (503, "answered 503")):
        message = due(store)
        assert message is not None
        settled(store, message, status, error)
        assert due(store) is None
        with store.database.write() as tx:
            again = webhooks.resend(tx, identifier, message.delivery_id, ada.caller)
        assert (again.state, again.attempts) == ("waiting", 0)
    last = due(store)
    assert last is not None
    assert last.delivery_id == message.delivery_id


def test_a_test_message_is_one_of_no_job(store: Store, ada: Person) -> None:
    identifier = hook(store, ada)
    with store.database.write() as tx:
        queued_test = webhooks.test(tx, identifier, ada.caller)
        with pytest.raises(Conflict, match="waits already"):
            webhooks.test(tx, identifier, ada.caller)
    message = due(store)

    assert (queued_test.type, queued_test.job_id) == ("webhook.test", None)
    assert message is not None
    assert (message.type, message.job["webhook_id"]) == ("webhook.test", identifier)
    settled(store, message, 204, None)
    with store.database.write() as tx:
        webhooks.test(tx, identifier, ada.caller)
    assert [one.state for one in history(store, ada, identifier)] == ["waiting", "delivered"]


def test_a_secret_that_was_replaced_signs_for_a_day_more(store: Store, ada: Person) -> None:
    identifier = hook(store, ada)
    with store.database.write() as tx:
        made = webhooks.rotate(tx, identifier, ada.caller)
    planned(store, ada.caller)
    during = due(store)
    with store.database.write() as tx:
        tx.execute(update(hooks).values(old_until=1.0))
        tx.execute(update(deliveries).values(next_at=0.0, sending_until=None))
    later = due(store)

    assert made.old_secret_until is not None
    assert during is not None
    assert during.old_secret not in (None, made.secret)
    assert (during.secret, during.old_secret is None) == (made.secret, False)
    assert later is not None
    assert (later.secret, later.old_secret) == (made.secret, None)


def sealer(*keys: bytes) -> Sealer:
    return Sealer([Fernet(key) for key in keys])


def test_secrets_lie_sealed_and_follow_the_newest_key(store: Store, ada: Person) -> None:
    """Plain ones are sealed at the next start, and all again when there is a newer key."""
    old, new = Fernet.generate_key(), Fernet.generate_key()
    plain = hook(store, ada)
    with store.database.write() as tx:
        made = webhooks.add(tx, ada.caller, WebhookRequest(url=URL), sealer(old))
        assert secrets_kept.reseal(tx, sealer(old)) == 1
        assert secrets_kept.reseal(tx, sealer(old)) == 0
        turned = webhooks.rotate(tx, made.id, ada.caller, sealer(new, old))
        assert secrets_kept.reseal(tx, sealer(new, old)) == 2
        rows = tx.execute(select(hooks)).all()
        for wrong in (sealer(old), sealer(Fernet.generate_key()), sealer()):
            with pytest.raises(Invalid, match="2 webhooks"):
                secrets_kept.must_open(tx, wrong)
        assert secrets_kept.must_open(tx, sealer(new)) == {}
        dump = str(rows)
    assert "whsec_" not in dump
    opened = {row.id: (row.secret, row.old_secret) for row in rows}
    assert sealer(new).opened(opened[made.id][0]) == turned.secret
    assert sealer(new).opened(opened[made.id][1]) == made.secret
    assert sealer(new).opened(opened[plain][0]).startswith("whsec_")
    assert opened[plain][1] is None


def test_a_sender_that_died_is_replaced_after_a_minute(store: Store, ada: Person) -> None:
    hook(store, ada)
    planned(store, ada.caller)
    lost = due(store)
    assert due(store) is None
    later(store, 61)
    second = due(store)
    assert lost is not None
    assert second is not None
    assert second.attempt == 2

    settled(store, lost, 500, "late")
    later(store, 30)
    assert due(store) is None, "a late failure does not bring the message forward"


def test_many_senders_never_share_a_message(store: Store, ada: Person) -> None:
    for _ in range(3):
        hook(store, ada)
    instance = tiny(store, ada.caller).id
    for _ in range(4):
        job = queued(store, ada.caller, instance)
        with store.database.write() as tx:
            jobs.cancel(tx, ada.caller, job.id)

    def send(_: int) -> str | None:
        message = due(store)
        if message is not None:
            settled(store, message, 204, None)
        return message.delivery_id if message else None

    with ThreadPoolExecutor(8) as pool:
        taken = [found for found in pool.map(send, range(40)) if found]

    assert len(set(taken)) == len(taken) == 12


def test_a_receiver_goes_with_its_messages(store: Store, ada: Person) -> None:
    identifier = hook(store, ada)
    planned(store, ada.caller)
    with store.database.write() as tx:
        webhooks.remove(tx, identifier, ada.caller)

    assert due(store) is None
    with pytest.raises(NotFound):
        history(store, ada, identifier)


def test_many_receivers_at_once_stay_within_their_number(store: Store, ada: Person) -> None:
    def add(_: int) -> bool:
        try:
            hook(store, ada)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(add, range(MOST + 5))) == MOST


def ended(store: Store, ada: Person, number: int) -> None:
    """Let so many jobs end."""
    instance = tiny(store, ada.caller).id
    for _ in range(number):
        job = queued(store, ada.caller, instance)
        with store.database.write() as tx:
            jobs.cancel(tx, ada.caller, job.id)


def look(store: Store, ada: Person, identifier: str) -> Webhook:
    with store.database.read() as tx:
        return webhooks.get(tx, identifier, ada.caller)


def all_due(store: Store) -> list[Due]:
    """Messages that may be on their way at once."""
    return list(iter(lambda: due(store), None))


def test_organisations_and_their_receivers_are_told_in_turn(store: Store, ada: Person) -> None:
    """One has three receivers and twelve messages to each; the other's one comes second."""
    bob = person(store, organisation(store, "Another"), "admin")
    mine = [hook(store, ada) for _ in range(3)]
    other = hook(store, bob)
    ended(store, ada, 12)
    ended(store, bob, 1)

    order = []
    for _ in range(7):
        message = due(store)
        assert message is not None
        settled(store, message, 204, None)
        order.append(receiver_of(store, message))

    assert other in order[:2]
    assert {order.count(one) for one in mine} == {2}


def receiver_of(store: Store, message: Due) -> str:
    with store.database.read() as tx:
        query = select(deliveries.c.webhook_id).where(deliveries.c.id == message.delivery_id)
        return str(tx.execute(query).scalar_one())


def test_a_few_are_on_their_way_at_once(store: Store, ada: Person) -> None:
    for _ in range(3):
        hook(store, ada)
    ended(store, ada, 5)
    bob = person(store, organisation(store, "Another"), "admin")
    hook(store, bob)
    ended(store, bob, 5)

    under_way = all_due(store)

    to = Counter(receiver_of(store, message) for message in under_way)
    assert len(under_way) == OF_ORGANISATION + OF_RECEIVER
    assert max(to.values()) == OF_RECEIVER
    settled(store, under_way[0], 204, None)
    assert len(all_due(store)) == 1, "the next follows at once"


def test_a_receiver_that_fails_rests_ever_longer_and_is_tried_with_one(
    store: Store, ada: Person
) -> None:
    """Its other messages are not used up meanwhile, and the first that it takes frees them all."""
    identifier = hook(store, ada)
    ended(store, ada, 9)
    for _ in range(RESTS_FROM):
        message = due(store)
        assert message is not None
        settled(store, message, 500, "it answered 500")
    rest = REST_S
    for _ in range(3):
        assert all_due(store) == []
        later(store, rest * (1 - JITTER) - 2)
        assert all_due(store) == []
        later(store, 2 * rest * JITTER + 3)
        (trial,) = all_due(store)
        settled(store, trial, None, "no connection")
        rest *= 2
    assert look(store, ada, identifier).failures == RESTS_FROM + 3
    later(store, rest * (1 + JITTER) + 1)
    (trial,) = all_due(store)
    settled(store, trial, 204, None)

    found = look(store, ada, identifier)
    assert (found.failures, found.failing_since, found.rests_until) == (0, None, None)
    assert len(all_due(store)) == OF_RECEIVER
    assert {told.state for told in history(store, ada, identifier)} == {"waiting", "delivered"}


@pytest.mark.parametrize("how", ["for days", "dead", "gone"])
def test_a_receiver_that_never_works_is_disabled_until_its_owner_enables_it(
    store: Store, ada: Person, how: str
) -> None:
    identifier = hook(store, ada)
    ended(store, ada, 3)
    first = due(store)
    assert first is not None
    settled(store, first, 500, "it answered 500")
    if how == "for days":
        later(store, DISABLED_AFTER_S)
    if how == "dead":
        with store.database.write() as tx:
            tx.execute(update(hooks).values(dead=DISABLED_AFTER_DEAD - 1))
            tx.execute(update(deliveries).values(attempts=len(WAITS_S)))
    last = due(store)
    assert last is not None
    status = 410 if how == "gone" else 500
    settled(store, last, status, f"it answered {status}")

    found = look(store, ada, identifier)
    words = {"for days": "for 5 days", "dead": "20 messages", "gone": "wants no more"}[how]
    assert words in str(found.disabled_because)
    later(store, 1e7)
    ended(store, ada, 1)
    assert all_due(store) == []
    told = history(store, ada, identifier)
    assert {one.state for one in told} == {"dead"}
    with store.database.write() as tx, pytest.raises(Conflict, match="enable it first"):
        webhooks.resend(tx, identifier, told[0].id, ada.caller)
    with store.database.read() as tx:
        (entry, *_) = audit.entries(tx, ada.caller.organisation_id, None, 9).items
    assert (entry.action, entry.resource, entry.user_id) == ("webhook.disable", identifier, None)
    assert entry.detail == {"because": found.disabled_because}

    with store.database.write() as tx:
        assert webhooks.enable(tx, identifier, ada.caller).disabled_because is None
        webhooks.resend(tx, identifier, told[0].id, ada.caller)
    (again,) = all_due(store)
    settled(store, again, 204, None)


def test_what_comes_too_late_says_nothing_of_a_receiver(store: Store, ada: Person) -> None:
    identifier = hook(store, ada)
    ended(store, ada, 1)
    late = due(store)
    later(store, 61)
    again = due(store)
    assert late is not None
    assert again is not None
    settled(store, late, 500, "it answered 500")

    assert look(store, ada, identifier).failures == 0

"""The client against a real server and a real worker: the same plan as here, whatever happens."""

from __future__ import annotations

import dataclasses
import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import pandas as pd
import pytest

from api.client import Client, Network, ServiceRefused
from api.client.connection import Connection
from api.client.refusals import Words
from api.resources.jobs import LockProject, SetValue
from api.resources.plans import PlanSummary, ReviewRequest, SponsorView
from api.settings import Settings
from api.store import Store
from api.store.migrations import upgrade
from optimizer import InvalidInstance, Options, compare, load, solve
from optimizer.highs.process import Progress, Stop
from optimizer.plan.files import frames_of, plans_equal
from tests.support import fleet
from tests.support.people import Person, organisation, person

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from optimizer import Plan

HARD = Options(gap=0.0, worth_gap=0.0)


class Service:
    """A server at a fixed port, which may be restarted, and a worker."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.settings = Settings(data_dir=folder, port=port, free_disk_mb=0, readers=1, workers=0)
        self.store = Store(self.settings)
        upgrade(self.store.database)
        stack.callback(self.store.close)
        self.url = f"http://127.0.0.1:{port}"
        self.stack = stack
        self.server: subprocess.Popen[bytes] | None = None
        self.start()
        worker = stack.enter_context(fleet.process(self.settings, "api.work.worker"))
        stack.callback(lambda: (worker.terminate(), worker.wait(30)))

    def start(self) -> None:
        self.server = self.stack.enter_context(fleet.process(self.settings, "api.http.server"))
        assert self.server.stdout is not None
        assert self.server.stdout.readline().startswith(b"listening on")

    def kill(self) -> None:
        assert self.server is not None
        self.server.kill()
        self.server.wait()

    def client(self, person: Person, **how: Any) -> Client:
        return Client(self.url, person.secret, **how)


class Home(NamedTuple):
    """An organisation of a test's own."""

    service: Service
    ada: Person
    client: Client


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for all tests of this module."""
    with ExitStack() as stack:
        yield Service(tmp_path_factory.mktemp("service") / "data", stack)


@pytest.fixture
def home(service: Service) -> Iterator[Home]:
    """An analyst of a new organisation, with a client."""
    ada = person(service.store, organisation(service.store))
    with service.client(ada) as client:
        yield Home(service, ada, client)


@pytest.fixture(scope="module")
def here() -> Plan:
    """The plan of `instances/tiny`, solved here."""
    return solve(load("instances/tiny"))


def test_the_same_plan_as_here(home: Home, here: Plan) -> None:
    seen: list[Progress] = []

    plan = home.client.solve(load("instances/tiny"), label="the first", progress=seen.append)

    assert type(plan) is type(here)
    assert plan.instance_hash == here.instance_hash
    assert plan.criteria == here.criteria
    assert plan.proof.status == "optimal"
    for (name, there), (_, local) in zip(frames_of(plan), frames_of(here), strict=True):
        assert there.equals(local), name
    assert seen
    assert all(type(one) is Progress for one in seen)
    (job,) = home.client.jobs()
    assert job.state == "succeeded"
    assert job.plan_id is not None
    assert plans_equal(home.client.plan(job.plan_id), plan)
    assert home.client.job_of(plan) == job
    summary = home.client.plan_summary(job.plan_id)
    assert isinstance(summary, PlanSummary)
    assert (job.label, summary.label) == ("the first", "the first")
    with pytest.raises(LookupError):
        home.client.job_of(here)


def test_a_job_is_forgotten_with_its_plan(home: Home) -> None:
    plan = home.client.solve(load("instances/tiny"))
    assert home.client._solved
    del plan
    gc.collect()

    assert not home.client._solved


def test_whoever_gives_up_says_on_which_job_and_where(home: Home) -> None:
    """The server is killed while the job waits or runs, and comes back once the client has gone."""
    impatient = home.service.client(home.ada, patience_s=1.0)

    def kill() -> None:
        fleet.until(lambda: list(home.client.jobs()))
        home.service.kill()

    other = threading.Thread(target=kill)
    other.start()
    try:
        with impatient, pytest.raises(ServiceRefused, match="cannot be reached") as refusal:
            impatient.solve(load("instances/rare-earths"))
    finally:
        other.join()
        home.service.start()

    (job,) = home.client.jobs()
    home.client.cancel(job.id)
    assert f"{job.id} at {home.service.url} goes on" in str(refusal.value)


@pytest.mark.parametrize("with_instances", [True, False])
def test_a_comparison_is_the_one_that_is_made_here(
    home: Home, here: Plan, monkeypatch: pytest.MonkeyPatch, *, with_instances: bool
) -> None:
    """Equal in every value and type; its columns are called as people call the plans."""
    instance = load("instances/tiny")
    poorer = instance.changed(budget_factor=0.5)
    client = home.client
    plans = {"first": client.solve(instance, label="first"), "tiny": client.solve(poorer)}
    jobs = [client.job_of(plan).plan_id for plan in plans.values()]
    names = [name for name in jobs if name is not None]
    assert len(names) == 2
    if with_instances:
        expected = compare(plans, {"first": instance, "tiny": poorer})
    else:
        monkeypatch.setattr(client, "_instances_of", lambda _: None)
        expected = compare(plans)

    found = client.compare(*names)

    assert found.plans == ("first", "tiny")
    for field in dataclasses.fields(found):
        there, local = getattr(found, field.name), getattr(expected, field.name)
        if field.name != "plans":
            pd.testing.assert_frame_equal(there, local, check_exact=True)


def test_a_comparison_does_without_an_instance_that_is_not_shared(home: Home) -> None:
    store, client = home.service.store, home.client
    boss = person(store, home.ada.caller.organisation_id, "admin")
    partner = person(
        store, organisation(store, "Member", "member", home.ada.caller.organisation_id)
    )
    kept = client.upload("instances/tiny")
    jobs = [client.wait(client.submit(kept.id, label=name).id) for name in ("one", "two")]
    names = [job.plan_id for job in jobs if job.plan_id is not None]
    with home.service.client(boss) as other:
        for name in names:
            other.share(name, partner.caller.organisation_id)
    with home.service.client(partner) as theirs:
        found = theirs.compare(*names)

    assert found.plans == ("one", "two")
    assert found.origins.empty


def test_an_instance_with_faults_is_refused_with_all_of_them(home: Home, tmp_path: Path) -> None:
    text = load("instances/tiny").model_dump_json()
    faulty = tmp_path / "faulty.json"
    faulty.write_text(text.replace('"country":"', '"country":"xx', 1).replace('"ore"', '"oar"', 1))

    with pytest.raises(InvalidInstance) as refusal:
        home.client.upload(faulty)

    assert len(refusal.value.faults) > 1
    assert len(str(refusal.value).splitlines()) == len(refusal.value.faults)
    assert list(home.client.instances()) == []


def test_every_format_is_the_same_instance(home: Home, tmp_path: Path) -> None:
    tried = home.client.examine("instances/tiny")
    assert list(home.client.instances()) == []
    folder = home.client.upload("instances/tiny")
    assert tried.content_hash == folder.content_hash
    loaded = home.client.upload(load("instances/tiny"))

    assert folder.content_hash == loaded.content_hash == load("instances/tiny").content_hash
    assert home.client.instance(folder.id) == load("instances/tiny")
    assert [kept.id for kept in home.client.instances()] == [loaded.id, folder.id]


def test_a_what_if_keeps_its_parent(home: Home) -> None:
    parent = home.client.upload("instances/tiny")
    project = load("instances/tiny").projects[0].id
    change = LockProject(kind="lock", project=project, locked="out")

    child = home.client.change(parent.id, [change])
    wrong = [SetValue(kind="set", path="nowhere.at.all", value=1)]
    for ask in (home.client.change, home.client.examine_change):
        with pytest.raises(InvalidInstance, match="nowhere"):
            ask(parent.id, wrong)
    with pytest.raises(InvalidInstance, match="nowhere"):
        home.client.submit(parent.id, changes=wrong)

    tried = home.client.examine_change(parent.id, [change])
    assert (tried.content_hash, tried.fits) == (child.content_hash, True)
    assert child.parent_id == parent.id
    assert child.changes == (change,)
    job = home.client.submit(parent.id, changes=[change], label="without it", priority=9)
    assert (job.label, job.priority) == ("without it", 9)
    home.client.cancel(job.id)


def test_asking_to_stop_cancels_and_ends_soon(home: Home) -> None:
    """Whatever the solver has by then comes back as a plan, with or without a portfolio."""
    stop = Stop()

    plan = home.client.solve(load("instances/tiny"), HARD, progress=lambda _: stop.ask(), stop=stop)

    (job,) = home.client.jobs()
    assert job.cancel_requested or job.state == "succeeded"
    assert job.state in ("stopped_with_plan", "cancelled", "succeeded")
    assert plan.instance_hash == job.instance_hash
    assert plan.found == (job.plan_id is not None)


def test_asking_to_stop_before_anything_was_found_gives_no_plan(home: Home) -> None:
    stop = Stop()
    stop.ask()

    plan = home.client.solve(load("instances/tiny"), stop=stop)

    if not plan.found:
        assert plan.proof.status == "unknown"
        assert plan.proof.stopped_by == "interrupt"
        assert list(plan.tables.choice.columns) == ["project", "year", "alone"]


def test_asking_to_stop_twice_gives_up(home: Home) -> None:
    stop = Stop()
    stop.ask()
    stop.ask()

    with pytest.raises(KeyboardInterrupt):
        home.client.solve(load("instances/tiny"), stop=stop)

    (job,) = home.client.jobs()
    assert home.client.wait(job.id).state in ("cancelled", "stopped_with_plan", "succeeded")


INTERRUPTED = """
import sys
from api.client import Client
from optimizer import Options, load
client = Client(sys.argv[1], sys.argv[2])
print("begun", flush=True)
plan = client.solve(load("instances/tiny"))
print("found" if plan.found else plan.proof.stopped_by, flush=True)
"""


def test_ctrl_c_cancels_the_job_over_there(home: Home) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, home.service.url, home.ada.secret],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=fleet.ROOT,
    )
    try:
        fleet.until(lambda: list(home.client.jobs()))
        child.send_signal(signal.SIGINT)
        said, trouble = child.communicate(timeout=60)
    finally:
        child.kill()
        child.wait()

    assert child.returncode == 0, trouble
    assert said.split()[1] in ("found", "interrupt")
    (job,) = home.client.jobs()
    assert job.ended


def test_a_restart_of_the_server_goes_unnoticed(home: Home, here: Plan) -> None:
    """The server is killed while the job runs, and comes back a moment later."""
    killed = threading.Event()

    def restart() -> None:
        fleet.until(lambda: any(job.state == "running" for job in home.client.jobs()))
        home.service.kill()
        killed.set()
        time.sleep(1.0)
        home.service.start()

    other = threading.Thread(target=restart)
    other.start()
    plan = home.client.solve(load("instances/tiny"))
    other.join()

    assert killed.is_set()
    assert plan.criteria == here.criteria
    (job,) = home.client.jobs()
    assert (job.state, job.attempt) == ("succeeded", 1)


def test_events_come_once_and_in_order_as_a_stream_and_in_pages(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = home.client.upload("instances/tiny")
    job = home.client.submit(kept.id)
    numbers = [event.number for event in home.client.events(job.id)]

    assert numbers == list(range(1, len(numbers) + 1))
    assert home.client.job(job.id).ended
    assert [event.number for event in home.client.events(job.id, after=2)] == numbers[2:]
    monkeypatch.setattr("api.client.following.MOST_BROKEN", 0)
    assert [event.number for event in home.client.events(job.id)] == numbers
    assert [event.number for event in home.client.events(job.id, after=2)] == numbers[2:]


def test_a_running_job_is_followed_in_pages_to_its_end(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.client.following.MOST_BROKEN", 0)
    job = home.client.submit(home.client.upload("instances/tiny").id)
    numbers = []
    for event in home.client.events(job.id):
        numbers.append(event.number)
        if event.type == "state" and event.data["state"] == "running":
            home.client.cancel(job.id)

    assert numbers == list(range(1, len(numbers) + 1))
    assert home.client.job(job.id).ended


def test_review_shares_and_comparison(home: Home) -> None:
    store, client = home.service.store, home.client
    boss = person(store, home.ada.caller.organisation_id, "admin")
    project = load("instances/tiny").projects[0].id
    sponsor = person(
        store,
        organisation(
            store, "Sponsor", "sponsor", home.ada.caller.organisation_id, projects=(project,)
        ),
    )
    kept = client.upload("instances/tiny")
    first = client.wait(client.submit(kept.id).id)
    assert first.plan_id is not None
    second = client.wait(client.replay(first.plan_id).id)
    assert second.plan_id is not None
    assert second.replayed is not None
    assert second.replayed.same

    record = client.decision_record(first.plan_id)
    assert record.instance_hash == kept.content_hash
    assert len(client.compare(first.plan_id, second.plan_id).plans) == 2
    assert "DECISION" in client.report(first.plan_id)
    plan = client.plan_summary(first.plan_id)
    assert isinstance(plan, PlanSummary)
    submitted = client.review(plan, ReviewRequest(state="in_review"))
    with pytest.raises(ServiceRefused) as stale:
        client.review(plan, ReviewRequest(state="reviewed"))
    assert stale.value.kind == "stale"
    with home.service.client(boss) as other:
        other.review(submitted, ReviewRequest(state="reviewed", comment="good"))
        other.share(first.plan_id, sponsor.caller.organisation_id, "yours")
    assert [step.after for step in client.review_steps(first.plan_id)] == ["in_review", "reviewed"]
    with home.service.client(sponsor) as theirs:
        (seen,) = theirs.plans()
        assert isinstance(seen, SponsorView)
        assert seen.projects == (project,)
    with home.service.client(boss) as other:
        other.unshare(first.plan_id, sponsor.caller.organisation_id)
    with home.service.client(sponsor) as theirs:
        assert list(theirs.plans()) == []
    assert len(list(client.plans())) == 2


def test_what_the_service_refuses_is_said_in_its_words(home: Home) -> None:
    with pytest.raises(ServiceRefused, match="no job") as refusal:
        home.client.job("job_" + "0" * 24)
    assert (refusal.value.status, refusal.value.kind) == (404, "not-found")
    stranger = Client(home.service.url, "ldst_" + "0" * 24 + "_" + "x" * 43)
    with pytest.raises(ServiceRefused) as refusal, stranger:
        stranger.me()
    assert refusal.value.status == 401
    assert home.client.me().user.id == home.ada.caller.user_id
    with pytest.raises(ServiceRefused, match="no job"):
        list(home.client.events("job_" + "0" * 24))


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def test_a_service_that_stays_away_is_given_up_after_the_patience(
    caplog: pytest.LogCaptureFixture,
) -> None:
    begun = time.monotonic()
    client = Client(f"http://127.0.0.1:{unused_port()}", "key", patience_s=1.0)
    client._connection.met = True  # It was there once.

    with client, pytest.raises(ServiceRefused, match="cannot be reached"):
        client.me()

    assert time.monotonic() - begun > 0.5
    assert caplog.messages[0].startswith(f"waiting for {client._connection.url}: ")
    assert len(caplog.messages) == 1


@pytest.mark.parametrize(
    ("url", "key", "words"),
    [
        ("{plain}", "", "the API key is empty"),
        ("{plain}", " \n", "the API key is empty"),
        ("{plain}", "KEY and more", "no key has"),
        ("{plain}", "KEY\x00", "no key has"),
        ("{plain}", "KEYé", "no key has"),
        ("127.0.0.1:8000", "KEY", "begin with https:// or http://"),
        ("localhost", "KEY", "begin with https:// or http://"),
        ("ftp://127.0.0.1", "KEY", "begin with https:// or http://"),
        ("http://", "KEY", "begin with https:// or http://"),
        ("http://127.0.0.1:many", "KEY", "is not an address"),
        ("http://127.0.0.1:{unused}", "KEY", "is the port right?"),
        ("https://127.0.0.1:{port}", "KEY", "does it speak https"),
        ("https://name.invalid", "KEY", "its name is not known"),
        ("http://name.invalid", "KEY", "show the key to everybody"),
        ("http://192.0.2.1:8000", "KEY", "show the key to everybody"),
        ("http://localhost.example.org", "KEY", "show the key to everybody"),
    ],
)
def test_what_cannot_pass_is_told_at_once_and_without_the_key(
    home: Home, url: str, key: str, words: str
) -> None:
    """With a patience of a day: a client that waited would never end."""
    plain = home.service.url
    there = url.format(plain=plain, port=plain.rpartition(":")[2], unused=unused_port())

    with pytest.raises(ServiceRefused) as refusal:
        Client(there, key, patience_s=86_400).me()

    assert words in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert "KEY" not in str(refusal.value)


def test_no_proxy_of_the_environment_sees_what_goes_to_this_machine(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{unused_port()}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)

    with home.service.client(home.ada) as client:
        assert client.me().user.id == home.ada.caller.user_id


def test_a_transport_can_be_given() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(403, json={"title": "no"})

    network = Network(transport=httpx.MockTransport(answer), insecure=True)
    with Client("http://service", "key", network=network) as client, pytest.raises(ServiceRefused):
        client.me()

    assert asked == ["service"]


def test_a_key_that_was_read_from_a_file_is_good(home: Home) -> None:
    with Client(f" {home.service.url}/ \n", f"{home.ada.secret}\n") as client:
        assert client.me().user.id == home.ada.caller.user_id


def answering(
    answers: list[httpx.Response], patience_s: float = 5.0
) -> tuple[Connection, list[str]]:
    """A connection whose service gives these answers, one after the other; and what it got."""
    got: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        got.append(request.headers.get("Idempotency-Key", ""))
        return answers.pop(0)

    network = Network(transport=httpx.MockTransport(answer))
    return Connection("https://service", "key", 5.0, patience_s, network), got


def test_what_passes_is_waited_for_and_asked_again_with_the_same_key() -> None:
    """Answers that a server gives only in distress, so that here they are made by hand."""
    connection, got = answering(
        [
            httpx.Response(503),
            httpx.Response(502, text="<html>"),
            httpx.Response(429, headers={"Retry-After": "1"}),
            httpx.Response(202, json={}),
        ]
    )
    begun = time.monotonic()

    assert connection.act("/v1/jobs").status_code == 202
    assert len(set(got)) == 1
    assert len(got[0]) == 32
    assert time.monotonic() - begun >= 1.0


def test_an_answer_that_did_not_pass_in_time_names_the_service() -> None:
    connection, _ = answering([httpx.Response(503)], patience_s=0.0)

    with pytest.raises(ServiceRefused, match="asked of https://service"):
        connection.get("/v1/me")


@pytest.mark.parametrize(
    ("status", "headers"), [(429, {}), (429, {"Retry-After": "86400"}), (409, {}), (507, {})]
)
def test_what_does_not_pass_is_not_waited_for(status: int, headers: dict[str, str]) -> None:
    connection, got = answering([httpx.Response(status, headers=headers, json={"title": "No"})])

    with pytest.raises(ServiceRefused, match="No"):
        connection.act("/v1/jobs")
    assert len(got) == 1


def test_a_refusal_lists_every_fault() -> None:
    refusal = ServiceRefused(
        Words(title="Faults", detail="two", faults=("one", "other"), faults_left_out=1000), 422
    )

    assert str(refusal) == "Faults: two\none\nother\n… and 1,000 more"


def test_the_client_loads_nothing_of_the_server() -> None:
    program = "import sys, api.client; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=fleet.ROOT,
        env={**os.environ, "PYTHONPATH": str(fleet.ROOT)},
    ).stdout.split()

    assert "httpx" in loaded
    assert not {"sqlalchemy", "fastapi", "starlette", "uvicorn", "pyomo", "highspy"} & set(loaded)

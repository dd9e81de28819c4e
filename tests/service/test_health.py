"""What an operator is told: readiness, measures, alerts, and a runbook that goes with them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert, update

from api.settings import Settings
from api.store import Store, processes
from api.store.processes import TAKEN_BACK, Living
from api.store.tables import deliveries, jobs
from api.store.tables import processes as table
from tests.support.application import running
from tests.support.ended import planned
from tests.support.fleet import ROOT, process, until
from tests.support.people import queued, tiny

if TYPE_CHECKING:
    from api.reading import Readers
    from tests.support.application import Fund, Service

DOCS = Path(__file__).parents[2] / "docs"
NAME = re.compile(r"[a-z_:][a-z0-9_:]*", re.IGNORECASE)
FUNCTIONS = {"absent", "increase", "delta"}
"""Of PromQL, as the rules use them."""


def beaten(store: Store, kind: str = "worker", silent_s: float = 0.0) -> None:
    """A process that gave its last sign of life so long ago."""
    with store.database.write() as tx:
        processes.beat(tx, Living(f"a {kind}", kind, "host", 1, "waits", 60.0, 0.0))
        tx.execute(update(table).values(beat_at=table.c.beat_at - silent_s))


def measures(client: httpx.Client) -> dict[str, float]:
    """Every sample, by its name with its labels."""
    found = {}
    for family in text_string_to_metric_families(client.get("/metrics").text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def test_it_is_ready_only_while_a_worker_beats(service: Service) -> None:
    def answer() -> tuple[int, str]:
        found = client.get("/readyz")
        return found.status_code, found.json().get("detail", "")

    with service.client() as client:
        assert answer() == (503, "no worker gives a sign of life: what is submitted waits")
        beaten(service.store, "server")
        assert answer()[0] == 503
        beaten(service.store)
        assert answer() == (200, "")
        for long_s in (1, -1):  # A clock set back leaves beats of the future.
            beaten(service.store, silent_s=long_s * (service.store.settings.hang_s + 5))
            assert answer()[0] == 503
        assert client.get("/livez").status_code == 200


def test_a_database_that_was_found_damaged_is_told(service: Service) -> None:
    """Other pages of it may still be read: nobody is to rely on that."""
    if not service.store.database.embedded:
        pytest.skip("PostgreSQL looks after itself")
    beaten(service.store)
    with service.client() as client:
        assert client.get("/readyz").status_code == 200
        file = service.store.settings.data_dir / "lodestone.sqlite"
        service.store.database.close()
        content = bytearray(file.read_bytes())
        content[4096:] = b"\xff" * len(content[4096:])
        file.write_bytes(content)
        answers = [client.get("/readyz") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [503, 503]
    assert "restore a back-up" in answers[-1].json()["detail"]


def test_the_measures_tell_how_the_service_is_doing(service: Service, fund: Fund) -> None:
    store = service.store
    planned(store, fund.analyst.caller)
    queued(store, fund.analyst.caller, tiny(store, fund.analyst.caller).id)
    with store.database.write() as tx:
        queue = update(jobs).where(jobs.c.state == "queued")
        tx.execute(queue.values(created_at=jobs.c.created_at - 500))
        processes.tally(tx, "hung.worker")
        processes.tally(tx, "hung.worker")
        processes.tally(tx, TAKEN_BACK, 3)
        processes.tally(tx, processes.UPKEEP)
    beaten(store, "server", 40.0)
    with service.client() as client:
        before = measures(client)
        beaten(store)
        after = measures(client)
    assert 500 <= after["lodestone_oldest_queued_seconds"] < 600
    assert before["lodestone_workers_alive"] == 0
    assert before["lodestone_seconds_since_beat{kind=worker}"] == float("inf")
    assert after["lodestone_workers_alive"] == 1
    assert after["lodestone_workers_expected"] == store.settings.workers
    assert 0 <= after["lodestone_seconds_since_beat{kind=worker}"] < 30
    assert 40 <= after["lodestone_seconds_since_beat{kind=server}"] < 70
    assert after["lodestone_restarts_total{kind=worker,reason=hung}"] == 2
    assert after["lodestone_restarts_total{kind=server,reason=died}"] == 0
    assert after["lodestone_jobs_taken_back_total"] == 3
    assert after["lodestone_upkeep_failures_total"] == 1
    assert after["lodestone_disk_free_bytes"] > 0
    assert after["lodestone_database_up"] == 1


def test_messages_that_are_late_or_dead_are_measured(service: Service, fund: Fund) -> None:
    from api.resources.webhooks import WebhookRequest
    from api.store import webhooks

    store = service.store
    plans = [planned(store, fund.analyst.caller) for _ in range(2)]
    with store.database.write() as tx:
        request = WebhookRequest(url="https://example.org/hook")
        hook = webhooks.add(tx, fund.admin.caller, request).id
        for number, plan in enumerate(plans):
            values = {"webhook_id": hook, "job_id": plan.job_id, "created_at": 1.0}
            state = ("waiting", "dead")[number]
            values |= {"id": f"dlv_{number}", "state": state, "attempts": 1, "next_at": 1000.0}
            tx.execute(insert(deliveries).values(**values))
    with service.client() as client:
        found = measures(client)
    assert found["lodestone_deliveries{state=waiting}"] == 1
    assert found["lodestone_deliveries{state=dead}"] == 1
    assert found["lodestone_oldest_due_delivery_seconds"] > 1e9


def test_a_failure_of_ours_is_counted(service: Service, fund: Fund) -> None:
    """A result file that is damaged: the log has a line, and the measures count it."""
    store = service.store
    plan = planned(store, fund.analyst.caller)
    for name in store.files.all():
        store.files.place(name).write_bytes(b"not what it was")
    with service.client(fund.analyst) as client:
        assert measures(client)["lodestone_failures_total"] == 0
        assert client.get(f"/v1/plans/{plan.id}/tables/choice").status_code == 500
        assert client.get("/v1/nowhere").status_code == 404
        assert measures(client)["lodestone_failures_total"] == 1


def test_measures_are_told_while_the_database_is_away(
    store: Store, readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    away = Store(store.settings.model_copy(update={"database_url": url}))
    with running(away, readers) as service, service.client() as client:
        found = measures(client)
        assert client.get("/readyz").status_code == 503
    away.close()
    assert found["lodestone_database_up"] == 0
    assert found["lodestone_disk_free_bytes"] > 0
    assert "lodestone_workers_alive" not in found


def rules() -> list[dict[str, str]]:
    """The alert rules that go with the service."""
    text = (DOCS / "deployment" / "alerts.yaml").read_text(encoding="utf-8")
    return [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_alerts_name_measures_that_are_served(service: Service) -> None:
    with service.client() as client:
        served = {name.partition("{")[0] for name in measures(client)}
        text = client.get("/metrics").text
    labels = set(re.findall(r'(\w+="[^"]*")', text))
    for rule in rules():
        words = re.sub(r"{[^}]*}|\[\w+\]", "", rule["expr"])
        assert set(NAME.findall(words)) - FUNCTIONS <= served, rule["expr"]
        assert set(re.findall(r'\w+="[^"]*"', rule["expr"])) <= labels, rule["expr"]
        assert rule["expr"].count("(") == rule["expr"].count(")")


def test_every_command_of_the_runbook_runs(tmp_path: Path) -> None:
    """Against a real service; those of the machine's own log and packages apart."""
    text = (DOCS / "runbook.md").read_text(encoding="utf-8")
    commands = re.findall(r"^```sh\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    commands += re.findall(
        r"`((?:time )?(?:curl|lodestone (?:database|keys)|df|du|free) .*?)`", text
    )
    assert len(commands) > 10
    settings = Settings(data_dir=tmp_path / "data", port=0, workers=1, readers=1, free_disk_mb=0)
    with process(settings, "api.cli", "serve") as served:
        assert served.stdout is not None
        while not (line := served.stdout.readline().decode()).startswith("listening"):
            assert line, "the service ended"
        url = line.split()[-1]
        until(lambda: httpx.get(f"{url}/readyz").status_code == 200)
        known = {"URL": url, "PYTHONPATH": str(ROOT), "LODESTONE_DATA_DIR": str(settings.data_dir)}
        path = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        for command in commands:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", command],
                env=os.environ | known | path,
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, (command, done.stdout, done.stderr)
        listed = subprocess.run(
            [sys.executable, "-m", "api.cli", "database", "processes"],
            env=os.environ | known,
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
    assert [row.split("\t")[0] for row in listed.stdout.splitlines()] in (
        ["server", "worker"],
        ["worker", "server"],
    )


def test_the_runbook_has_a_section_for_each_alert() -> None:
    text = (DOCS / "runbook.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    names = {rule["alert"] for rule in rules()}
    assert names == {name for name in sections if name.startswith("Lodestone")}
    for name in names:
        for part in ("Means", "Look", "Do"):
            assert f"**{part}.**" in sections[name], (name, part)

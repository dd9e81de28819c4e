"""One job in a worker: from the claim to its only end.

Enters: a claim, and a runner that waits for an order. Leaves: the job's final state, published
with its plan, or the job back in the queue. The runner solves; a `Lease` keeps the claim and talks
to the database in a thread of its own, so that neither waits for the other.
"""

from __future__ import annotations

import logging
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from api import kinds
from api.errors import DiskFull, NotFound, Unavailable
from api.fault_points import reached
from api.kinds.task import INSTANCE, PLANS, Report
from api.store import claims, requeue
from api.store.files import Damaged
from api.work import outcome
from api.work.lease import Lease
from api.work.protocol import REPORT, Order
from api.work.runner_handle import Life
from optimizer.plan import Options
from optimizer.plan.document import PLAN_FILE, PlanDocument
from optimizer.vocabulary.plan_tables import file_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from api.store import Store
    from api.store.claims import Claim
    from api.work.outcome import Ask, Ended
    from api.work.pulse import Pulse
    from api.work.runner_handle import Runner
    from api.work.stopping import Stopping

log = logging.getLogger(__name__)

Result = TypeVar("Result")

STOP_GRACE_S = 120.0
"""How long a runner that is asked to stop may take: a portfolio becomes a whole plan meanwhile."""
TRY_AGAIN_S = 0.5
"""How soon a write is tried again while the database is away or the disk is full."""
LISTEN_S = 0.1
RUNNER_HANGS = 3
"""How much longer than a worker a runner may give no sign of life: it has more to do at once."""


class NotMine(Exception):
    """The lease has run out and the job is another's: whatever this worker has is worth nothing."""


class Going(Exception):
    """This worker has to go before the job has ended."""


class Place(NamedTuple):
    """What a worker works with."""

    store: Store
    folder: Path
    """Its own, for what is of use while it lives."""
    stopping: Stopping
    pulse: Pulse


@dataclass(frozen=True)
class Run:
    """A claimed job under way."""

    place: Place
    claimed: Claim
    lease: Lease
    runner: Runner

    @property
    def store(self) -> Store:
        """Where the job is."""
        return self.place.store

    @property
    def folder(self) -> Path:
        """The job's own, for as long as it runs here."""
        return self.place.folder / self.claimed.job_id

    def ended(self) -> Ended:
        """Have the runner do the job, and say how it ended.

        Raises:
            NotMine: the lease was lost.
            Going: the worker has to go.
            RunnerLost: the runner died without a report.
        """
        try:
            order = self.patiently(self._prepared)
        except (Damaged, NotFound) as trouble:
            return outcome.failed("storage", trouble.detail)
        except kinds.Unreadable as trouble:
            log.error("job %s cannot be run: %s", self.claimed.job_id, trouble)
            return outcome.failed("internal", str(trouble))
        self.runner.order(order)
        reached("worker.started")
        ask = self._listen()
        cpu_s = self.runner.cpu_s()
        report = self._report()
        if words := self.runner.last_words():
            log.warning("the runner of %s wrote: %s", self.claimed.job_id, words)
        reached("worker.ended")
        return outcome.judged(report, ask, cpu_s, self.runner.fate())

    def publish(self, ended: Ended) -> None:
        """Keep the tables, then plan and final state at once.

        Raises:
            NotMine: the lease was lost.
            Going: the worker has to go.
        """

        def write() -> bool:
            published = outcome.filed(ended, self.folder, self.store.files)
            reached("worker.filed")
            return self.lease.write(lambda tx: claims.publish(tx, self.claimed, published))

        if not self.patiently(write):
            raise NotMine
        reached("worker.after_commit")

    def patiently(self, act: Callable[[], Result]) -> Result:
        """Do something that needs the database or the disk, again and again until it is done.

        Raises:
            NotMine: the lease was lost.
            Going: the worker has to go.
        """
        while True:
            self._must_go_on()
            try:
                return act()
            except (Unavailable, DiskFull) as trouble:
                log.warning("job %s waits: %s", self.claimed.job_id, trouble)
                time.sleep(TRY_AGAIN_S)

    def _must_go_on(self) -> None:
        self.place.pulse.beat(f"runs {self.claimed.job_id}")
        if not self.lease.mine:
            raise NotMine
        if self.place.stopping.over:
            raise Going

    def _prepared(self) -> Order:
        """Put what the runner reads into the job's folder."""
        claimed = self.claimed
        kind, request = kinds.read(claimed.kind, claimed.request)
        document = self.store.files.get(claimed.instance_file)
        with _full_disk_told():
            self.folder.mkdir(exist_ok=True)
            (self.folder / INSTANCE).write_bytes(document)
        for plan_id in kind.plans(request):
            self._lay_out(plan_id)
        return Order(
            kind=claimed.kind,
            request=claimed.request,
            folder=self.folder.absolute(),
            options=Options(**claimed.options),
            memory_mb=self.store.settings.job_memory_mb,
        )

    def _lay_out(self, plan_id: str) -> None:
        """Put the files of a plan where the runner reads them."""
        with self.store.database.read() as connection:
            plan, tables = claims.plan_to_read(connection, plan_id)
        text = PlanDocument.model_validate(plan).model_dump_json()
        files = {file_of(name): self.store.files.get(file) for name, file in tables.items()}
        place = self.folder / PLANS / plan_id
        with _full_disk_told():
            place.mkdir(parents=True, exist_ok=True)
            (place / PLAN_FILE).write_text(text, encoding="utf-8")
            for name, content in files.items():
                (place / name).parent.mkdir(exist_ok=True)
                (place / name).write_bytes(content)

    def _listen(self) -> Ask:
        """Pass on what the runner says until it ends; have it stop if somebody wants that."""
        limit = self.claimed.options.get("time_limit_s")
        late_at = time.monotonic() + self.store.settings.longest_s(limit)
        ask = outcome.Ask()
        killed_at = None
        life = Life(self.runner, RUNNER_HANGS * self.store.settings.hang_s)
        while not self.runner.ended:
            self._must_go_on()
            for saying in self.runner.sayings(LISTEN_S):
                self.lease.hear(saying)
                life.renew()
            ask.cancelled = ask.cancelled or self.lease.cancel
            ask.late = ask.late or time.monotonic() > late_at
            if killed_at is None and (ask.cancelled or ask.late):
                killed_at = time.monotonic() + STOP_GRACE_S
                self.runner.ask_to_stop()
            if killed_at is not None and time.monotonic() > killed_at:
                break
            if life.is_over():
                log.error("the runner of %s hangs and is killed", self.claimed.job_id)
                break
        return ask

    def _report(self) -> Report | None:
        """What the runner has left, if it came so far."""
        if self.runner.ended:
            self.runner.wait()
        else:
            self.runner.kill()
        try:
            return Report.model_validate_json((self.folder / REPORT).read_bytes())
        except FileNotFoundError:
            return None


def run(place: Place, claimed: Claim, runner: Runner) -> None:
    """Run a claimed job to its end, or give it back; nothing of it is left behind here.

    Args:
        place: where the worker works.
        claimed: the job.
        runner: one that waits for its order; it is gone afterwards.
    """
    reached("worker.claimed")
    try:
        with Lease(place.store, claimed, runner.cpu_s, place.pulse) as lease:
            under_way = Run(place, claimed, lease, runner)
            _run(under_way)
    finally:
        runner.close()
        shutil.rmtree(place.folder / claimed.job_id, ignore_errors=True)


def _run(under_way: Run) -> None:
    store, claimed = under_way.store, under_way.claimed
    try:
        under_way.publish(under_way.ended())
    except NotMine:
        log.warning("the lease of %s was lost; its result is dropped", claimed.job_id)
    except outcome.RunnerLost as trouble:
        log.warning("the runner of %s was lost: %s", claimed.job_id, trouble)
        under_way.patiently(
            lambda: under_way.lease.write(
                lambda tx: requeue.lose(tx, claimed, store.settings.max_attempts)
            )
        )
    except Going:
        under_way.runner.kill()
        with store.database.write() as tx:
            requeue.give_back(tx, claimed)


@contextmanager
def _full_disk_told() -> Iterator[None]:
    try:
        yield
    except OSError as trouble:
        raise DiskFull("the job's folder cannot be written") from trouble

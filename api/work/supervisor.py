"""Everything on one machine: the HTTP server and the workers, started and kept alive.

Enters: settings. While it runs, so do its children; one that dies is started again, later each
time it dies soon, and the jobs of a dead worker go back to the queue at once. One that hangs is
killed, and followed by another. SIGTERM is passed on, and the supervisor ends after its children.
However it dies itself, they end with it. systemd hears that it lives (`sd_notify`).
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import socket
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from api.errors import Conflict, DiskFull, Unavailable
from api.fault_points import reached
from api.sealing import VARIABLE
from api.store import Store, processes, requeue
from api.store.bootstrap import first_key, is_new, kept
from api.store.migrations import upgrade
from api.store.secrets_kept import reseal
from api.work.notifier import Notifier
from api.work.posts import Post
from api.work.samples import samples
from api.work.stopping import Stopping
from optimizer.system.scratch import sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from api.settings import Settings
    from api.store.processes import ProcessKind

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.2
LAST_WORDS_S = 2.0
"""How much longer than `stop_s` a child may take before it is killed."""
TOLD_EVERY_S = 5.0
"""How often systemd hears that the supervisor lives."""
AGAIN_S = 5.0
"""How soon deaths that could not be told to the database are told again."""


class Death(NamedTuple):
    """A child that is no more."""

    kind: ProcessKind
    name: str
    hung: bool


def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve until asked to end.

    Args:
        settings: those of this process; its children read the same environment.
        say: tells the operator something, once.

    Raises:
        Conflict: this data folder is being served already, the port is taken, the dispatcher needs
            another database, or the database is of a newer Lodestone.
        Unavailable: the database cannot be reached, or is damaged.
    """
    stopping = Stopping(settings.stop_s + LAST_WORDS_S)
    with alone(settings):
        must_be_free(settings)
        stopping.listen()
        sweep(settings.scratch)
        store = Store(settings)
        if faults := store.database.faults():
            raise Unavailable(f"the database is damaged: {faults[0]}; restore a back-up")
        upgrade(store.database)
        seal(store)
        if settings.dispatcher != "poll":
            from api.work import dispatch

            dispatch.prepare(store)
        signer = store.signer
        if is_new(store) and (key := first_key(store, samples())):
            say(f"decision records are signed by (keep this public key): {signer.public_key}")
            say(f"first admin key, for one day: in {kept(key, settings)}")
        workers = [Post("worker", settings.hang_s) for _ in range(settings.workers)]
        house = House([Post("server", settings.hang_s), *workers], store)
        try:
            while not stopping.wait(LOOK_EVERY_S):
                house.look_after()
        finally:
            house.end(stopping)
            store.close()


def seal(store: Store) -> None:
    """Have every secret in the database sealed with the newest key, or say that there is none.

    Raises:
        Invalid: some are sealed with a key that is not given.
    """
    with store.database.write() as tx:
        changed = reseal(tx, store.sealer)
    if changed:
        log.info("sealed the secrets of %d webhooks with the newest key", changed)
    if not store.sealer.has_key:
        log.warning("the secrets of webhooks lie in the database as they are; set %s", VARIABLE)


class House:
    """All posts, and what is told of them."""

    def __init__(self, posts: list[Post], store: Store) -> None:
        self.posts = posts
        self._store = store
        self._notifier = Notifier()
        self._told = -TOLD_EVERY_S
        self._dead: list[Death] = []
        self._again = 0.0

    def look_after(self) -> None:
        """Fill the posts whose time has come, end who hangs, and tell of those that have died."""
        for post in self.posts:
            post.watch()
            if post.vacated():
                self._dead.append(Death(post.kind, post.name, post.hung))
                self._again = 0.0
            if post.child is None and time.monotonic() >= post.due:
                post.start()
                if all(other.child for other in self.posts):
                    reached("supervisor.started")
        if self._dead and time.monotonic() >= self._again:
            self._tell_dead()
        if time.monotonic() - self._told >= TOLD_EVERY_S:
            self._tell_living()

    def end(self, stopping: Stopping) -> None:
        """Ask every child to end, and kill those that do not in time."""
        self._notifier.tell("STOPPING=1")
        stopping.ask()
        children = [post.child for post in self.posts if post.child is not None]
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
        while any(child.poll() is None for child in children) and not stopping.over:
            time.sleep(0.05)
        for post in self.posts:
            post.clear()

    def _tell_living(self) -> None:
        self._told = time.monotonic()
        ready = [post for post in self.posts if post.ready]
        words = ["WATCHDOG=1", f"STATUS={len(ready)} of {len(self.posts)} processes live"]
        if any(post.kind == "server" for post in ready):
            words.append("READY=1")
        self._notifier.tell(*words)

    def _tell_dead(self) -> None:
        """Give the jobs of dead workers to others at once; if that fails, their leases run out."""
        most = self._store.settings.max_attempts
        try:
            with self._store.database.write() as tx:
                processes.forget(tx, [death.name for death in self._dead])
                for death in self._dead:
                    requeue.release(tx, death.name, most)
                    what = processes.HUNG if death.hung else processes.DIED
                    processes.tally(tx, f"{what}.{death.kind}")
        except (Unavailable, DiskFull) as trouble:
            log.warning("the jobs of dead workers wait for their leases: %s", trouble)
            self._again = time.monotonic() + AGAIN_S
        else:
            self._dead.clear()


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Hold the data folder: nobody else serves it meanwhile.

    Raises:
        Conflict: somebody does.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    lock = os.open(settings.data_dir / "serve.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Conflict(f"{settings.data_dir} is being served by another process") from None
    finally:
        os.close(lock)


def must_be_free(settings: Settings) -> None:
    """Refuse to begin where the server's port is taken.

    Raises:
        Conflict: it is, or the address is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as trouble:
            place = f"{settings.host}:{settings.port}"
            raise Conflict(f"cannot listen on {place}: {trouble.strerror}") from trouble

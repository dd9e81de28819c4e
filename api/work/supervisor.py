"""Everything on one machine: the HTTP server and the workers, started and kept alive.

Enters: settings. While it runs, so do its children; one that dies is started again, later each
time it dies soon, and the jobs of a dead worker go back to the queue at once. A worker that hangs
is killed. SIGTERM is passed on, and the supervisor ends after its children. However it dies itself,
they end with it.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import socket
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from api.errors import Conflict, DiskFull, Unavailable
from api.points import reached
from api.sealing import VARIABLE
from api.store import Store, returns
from api.store.first import first_key, kept
from api.store.migrations import upgrade
from api.store.secrets_kept import reseal
from api.work import guard
from api.work.stopping import Stopping
from api.work.worker import new_name

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from api.settings import Settings

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.2
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_S = 60.0
"""A child that has lived so long is started again without a long pause."""
LAST_WORDS_S = 2.0
"""How much longer than `stop_s` a child may take before it is killed."""
SERVER = "api.http.server"
WORKER = "api.work.worker"


@dataclass
class Post:
    """A place that one child fills at a time."""

    module: str
    worker: str = ""
    """Name of the present worker; empty where the child is none."""
    child: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause_s: float = FIRST_PAUSE_S
    due: float = field(default_factory=time.monotonic)
    """When the next child is to be started."""

    def start(self) -> None:
        """Fill the post."""
        names = []
        if self.module == WORKER:
            self.worker = new_name()
            names = [self.worker]
        self.child = guard.start(self.module, *names)
        self.started = time.monotonic()

    def vacated(self) -> bool:
        """Whether the child has died since the last look; the next one is due after a pause."""
        if self.child is None or self.child.poll() is None:
            return False
        code, now = self.child.returncode, time.monotonic()
        self.pause_s = (
            FIRST_PAUSE_S
            if now - self.started > STEADY_S
            else min(2 * self.pause_s, LONGEST_PAUSE_S)
        )
        self.due = now + self.pause_s
        log.error("%s died (%d); the next starts in %.1f s", self.module, code, self.pause_s)
        guard.kill(self.child)
        self.child = None
        return True


def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve until asked to end.

    Args:
        settings: those of this process; its children read the same environment.
        say: tells the operator something, once.

    Raises:
        Conflict: this data folder is being served already, the port is taken, the dispatcher needs
            another database, or the database is of a newer Lodestone.
        Unavailable: the database cannot be reached.
    """
    stopping = Stopping(settings.stop_s + LAST_WORDS_S)
    with alone(settings):
        must_be_free(settings)
        stopping.listen()
        store = Store(settings)
        upgrade(store.database)
        seal(store)
        if settings.dispatcher != "poll":
            from api.work import dispatch

            dispatch.prepare(store)
        signer = store.signer
        if key := first_key(store):
            say(f"decision records are signed by (keep this public key): {signer.public_key}")
            say(f"first admin key, for one day: in {kept(key, settings)}")
        posts = [Post(SERVER), *(Post(WORKER) for _ in range(settings.workers))]
        try:
            looked = time.monotonic()
            while not stopping.wait(LOOK_EVERY_S):
                look_after(posts, store)
                if time.monotonic() - looked > settings.lease_s / 2:
                    end_silent(posts, store)
                    looked = time.monotonic()
        finally:
            end(posts, stopping)
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


def look_after(posts: list[Post], store: Store) -> None:
    """Fill the posts whose time has come, and take back the jobs of workers that have died."""
    for post in posts:
        if post.vacated() and post.worker:
            release(store, post.worker)
        if post.child is None and time.monotonic() >= post.due:
            post.start()
            if all(other.child for other in posts):
                reached("supervisor.started")


def end_silent(posts: list[Post], store: Store) -> None:
    """Kill workers that hang: one that is frozen may hold a lock that all others wait for."""
    try:
        with store.database.read() as connection:
            silent = returns.silent(connection, store.settings.lease_s)
    except Unavailable:
        return
    for post in posts:
        if post.child is not None and post.worker in silent:
            log.error("worker %s hangs and is killed", post.worker)
            guard.kill(post.child)


def release(store: Store, worker: str) -> None:
    """Give a dead worker's jobs to others at once; if that fails, their leases run out."""
    try:
        with store.database.write() as tx:
            returns.release(tx, worker, store.settings.max_attempts)
    except (Unavailable, DiskFull) as trouble:
        log.warning("the jobs of %s wait for their leases: %s", worker, trouble)


def end(posts: list[Post], stopping: Stopping) -> None:
    """Ask every child to end, and kill those that do not in time."""
    stopping.ask()
    children = [post.child for post in posts if post.child is not None]
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
    while any(child.poll() is None for child in children) and not stopping.over:
        time.sleep(0.05)
    for child in children:
        guard.kill(child)


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

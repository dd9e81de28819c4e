"""The store: every SQL statement and every result file of the service.

Enters: settings. Leaves: a `Store` with the database and the files. The modules hold plain
functions over a transaction, one module per resource, so that a route can do several things in
one transaction:

    with store.database.write() as tx:
        jobs.enqueue(tx, caller, request)
        audit.record(tx, caller, "job.submit", job.id)
"""

from __future__ import annotations

import shutil
from functools import cached_property
from typing import TYPE_CHECKING

from api.errors import DiskFull
from api.sealing import Sealer, sealer_of
from api.signing import Signer, signer_of
from api.store.database import Database, Transaction
from api.store.files import Files

if TYPE_CHECKING:
    from api.settings import Settings

__all__ = ["Database", "Files", "Store", "Transaction"]


class Store:
    """Database and result files; one for each process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.url)
        self.files = Files(settings.data_dir / "files")

    @cached_property
    def signer(self) -> Signer:
        """What signs decision records; its key is made when it is first needed."""
        return signer_of(self.settings)

    @cached_property
    def sealer(self) -> Sealer:
        """What seals the secrets of webhooks, with the key of the environment."""
        return sealer_of()

    def must_have_room(self) -> None:
        """Refuse to take on something new while there is no room to keep it.

        Raises:
            DiskFull: there is less free space than the settings demand.
        """
        if not self.has_room():
            raise DiskFull("ask the operator to free space; nothing that was accepted is lost")

    def has_room(self) -> bool:
        """Whether there is enough free space to take on something new."""
        return self.free_bytes() >= self.settings.free_disk_mb * 2**20

    def free_bytes(self) -> int:
        """Free space where there is least of it: of results, of database, of scratch files."""
        places = (self.files.root, self.settings.data_dir, self.settings.scratch)
        return min(shutil.disk_usage(place).free for place in places if place.exists())

    def close(self) -> None:
        """Close every connection."""
        self.database.close()

"""Operation: whether the service can take on work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.errors import Unavailable
from api.store import migrations, processes

if TYPE_CHECKING:
    from api.store import Store


def must_be_ready(store: Store) -> None:
    """Refuse to be called ready while work could not be taken on, or would only wait.

    Raises:
        Unavailable: database, tables or disk are not as they must be, or no worker lives.
    """
    store.database.must_be_sound()
    with store.database.read() as connection:
        version = migrations.current(connection)
        if version != migrations.newest():
            raise Unavailable(f"the tables have version {version}; upgrade them")
        workers = processes.heard(connection, store.settings.hang_s)["worker"].alive
    if not store.has_room():
        raise Unavailable("there is too little free space")
    if not workers:
        raise Unavailable("no worker gives a sign of life: what is submitted waits")

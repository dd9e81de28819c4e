"""A database that is there: what every command but `serve` and `database upgrade` works on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import make_url

from api.errors import Unavailable
from api.store import Store
from api.store.migrations import current

if TYPE_CHECKING:
    from api.settings import Settings


def must_be_there(settings: Settings) -> None:
    """Refuse where a slip in a name would make an empty database of its own.

    Raises:
        Unavailable: there is no embedded database; nothing has been made.
    """
    url = make_url(settings.url)
    if url.drivername.startswith("sqlite") and not Path(url.database or "").is_file():
        raise Unavailable(
            f"there is no database at {url.database}; LODESTONE_DATA_DIR names its folder, "
            "and `lodestone serve` makes a new one"
        )


def existing_store(settings: Settings) -> Store:
    """The store of a database that has tables.

    Raises:
        Unavailable: there is none; nothing has been made.
    """
    must_be_there(settings)
    store = Store(settings)
    try:
        with store.database.read() as connection:
            version = current(connection)
    except BaseException:
        store.close()
        raise
    if version is None:
        store.close()
        raise Unavailable("the database has no tables; `lodestone database upgrade` makes them")
    return store

"""The first organisation, user, key and instances of an empty database."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from api.resources.organisations import KeyRequest, NewKey, OrganisationRequest, UserRequest
from api.store import audit, instances, keys, organisations
from api.store.database import alone
from api.store.tables import organisations as table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sqlalchemy import Connection

    from api.resources.examined import Examined
    from api.settings import Settings
    from api.store import Store

FIRST_KEY = "first-admin-key"
"""Name of the file in the data folder."""
SAMPLE = "sample"
"""Label of the instances that an installation begins with."""


class Sample(NamedTuple):
    """An instance to try the service with."""

    document: bytes
    examined: Examined


def is_new(store: Store) -> bool:
    """Whether there is no organisation yet."""
    with store.database.read() as connection:
        return _is_empty(connection)


def first_key(store: Store, samples: Iterable[Sample] = ()) -> NewKey | None:
    """Make a secretariat with an admin and a key; None where there is an organisation already.

    Args:
        store: where to.
        samples: instances that the secretariat begins with; its own, like any that it submits.
    """
    files = [(sample, store.files.put(sample.document)) for sample in samples]
    with store.database.write() as tx:
        alone(tx, "first key")
        if not _is_empty(tx):
            return None
        request = OrganisationRequest(name="Secretariat", kind="secretariat")
        secretariat = organisations.add(tx, request, None)
        admin = organisations.add_user(tx, secretariat, UserRequest(name="Admin", role="admin"))
        key = keys.add(tx, admin.id, KeyRequest(label="first key", days=1))
        made = [
            ("organisation.add", secretariat),
            ("user.add", admin.id),
            ("key.add", key.id),
        ]
        caller = keys.caller_of(tx, key.secret)
        assert caller is not None
        for sample, file in files:
            kept = instances.add(tx, caller, sample.examined, file, label=SAMPLE)
            made.append(("instance.submit", kept.id))
        for action, what in made:
            audit.record_operator(tx, secretariat, action, what, first=True)
        return key


def _is_empty(connection: Connection) -> bool:
    return not connection.execute(select(func.count()).select_from(table)).scalar_one()


def kept(key: NewKey, settings: Settings) -> Path:
    """Write the first key to a file that its owner alone may read: terminals and journals keep it.

    Raises:
        OSError: it cannot be written; `lodestone keys create` makes another.
    """
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = settings.data_dir / FIRST_KEY
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key.secret + "\n")
    return path

"""The first organisation, user and key of an empty database."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from api.resources.organisations import KeyRequest, NewKey, OrganisationRequest, UserRequest
from api.store import audit, keys, organisations
from api.store.database import alone
from api.store.tables import organisations as table

if TYPE_CHECKING:
    from pathlib import Path

    from api.settings import Settings
    from api.store import Store

FIRST_KEY = "first-admin-key"
"""Name of the file in the data folder."""


def first_key(store: Store) -> NewKey | None:
    """Make a secretariat with an admin and a key; None where there is an organisation already."""
    with store.database.write() as tx:
        alone(tx, "first key")
        if tx.execute(select(func.count()).select_from(table)).scalar_one():
            return None
        request = OrganisationRequest(name="Secretariat", kind="secretariat")
        secretariat = organisations.add(tx, request, None)
        admin = organisations.add_user(tx, secretariat, UserRequest(name="Admin", role="admin"))
        key = keys.add(tx, admin.id, KeyRequest(label="first key", days=1))
        for action, made in (
            ("organisation.add", secretariat),
            ("user.add", admin.id),
            ("key.add", key.id),
        ):
            audit.record_operator(tx, secretariat, action, made, first=True)
        return key


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

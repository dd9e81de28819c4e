"""The first organisation, user and key of an empty database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from api.resources.organisations import KeyRequest, NewKey, OrganisationRequest, UserRequest
from api.store import audit, keys, organisations
from api.store.database import alone
from api.store.tables import organisations as table

if TYPE_CHECKING:
    from api.store import Store


def first_key(store: Store) -> NewKey | None:
    """Make a secretariat with an admin and a key; None where there is an organisation already."""
    days = min(365, store.settings.key_days)
    with store.database.write() as tx:
        alone(tx, "first key")
        if tx.execute(select(func.count()).select_from(table)).scalar_one():
            return None
        request = OrganisationRequest(name="Secretariat", kind="secretariat")
        secretariat = organisations.add(tx, request, None)
        admin = organisations.add_user(tx, secretariat, UserRequest(name="Admin", role="admin"))
        key = keys.add(tx, admin.id, KeyRequest(label="first key", days=days))
        for action, made in (
            ("organisation.add", secretariat),
            ("user.add", admin.id),
            ("key.add", key.id),
        ):
            audit.record_operator(tx, secretariat, action, made, first=True)
        return key

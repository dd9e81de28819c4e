"""Keys and invitations: a secret reaches the person whose it is, and nobody else."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from api.acts.managing import invite, keeper, managed, may_invite, may_make_key, user_of
from api.errors import Forbidden, Invalid, NotFound, Place
from api.resources.organisations import KeyRequest
from api.resources.plans import SigningKey
from api.store import audit, invitations, keys

if TYPE_CHECKING:
    from api.caller import Caller
    from api.resources.base import Page
    from api.resources.organisations import Key, NewInvitation, NewKey
    from api.store import Store


def list_all(  # noqa: PLR0913 - who asks for whose keys, and for which of them
    store: Store,
    caller: Caller,
    organisation_id: str,
    user_id: str,
    cursor: str | None,
    limit: int,
) -> Page[Key]:
    """A user's keys, without their secrets.

    Raises:
        NotFound: there is no such organisation or user that the caller may know of.
        Forbidden: it is another user, and the caller is no admin.
    """
    with store.database.read() as connection:
        keeper(connection, organisation_id, user_id, caller)
        return keys.listed(connection, organisation_id, user_id, cursor, limit)


def add(
    store: Store, caller: Caller, organisation_id: str, user_id: str, wanted: KeyRequest
) -> NewKey:
    """Make a key, whose secret is never shown again: one's own, or the first one of a program.

    Raises:
        NotFound: there is no such organisation or user that the caller may know of.
        Forbidden: the secret would not reach the user alone.
        Invalid: it would live too long.
    """
    with store.database.write() as tx:
        user = keeper(tx, organisation_id, user_id, caller)
        may_make_key(tx, user, caller)
        wanted = _allowed(wanted, caller, store.settings.key_days)
        own = user_id == caller.user_id
        made_by = keys.maker_through(tx, caller) if own else caller.user_id
        key = keys.add(tx, user_id, wanted, made_by=made_by)
        told = wanted.model_dump(mode="json") | {"made_for_another": not own}
        audit.record(tx, caller, "key.add", key.id, user=user_id, **told)
    return key


def end(store: Store, caller: Caller, organisation_id: str, user_id: str, key_id: str) -> Key:
    """End a key; ending it again changes nothing.

    Raises:
        NotFound: there is no such organisation, user or key that the caller may know of.
        Forbidden: it is another user's, and the caller is no admin.
    """
    with store.database.write() as tx:
        keeper(tx, organisation_id, user_id, caller)
        if keys.get(tx, key_id).user_id != user_id:
            raise NotFound("there is no key of this identifier")
        key = keys.revoke(tx, key_id)
        audit.record(tx, caller, "key.end", key_id, user=user_id)
    return key


def invite_user(store: Store, caller: Caller, organisation_id: str, user_id: str) -> NewInvitation:
    """Make a secret worth one key, for the user alone; an earlier invitation ends.

    Raises:
        NotFound: there is no such organisation or user that the caller may know of.
        Forbidden: the user is not the caller's to invite.
    """
    with store.database.write() as tx:
        managed(tx, organisation_id, caller)
        may_invite(tx, user_of(tx, organisation_id, user_id), caller)
        return invite(tx, store, caller, user_id)


def accept_invitation(
    store: Store, caller: Caller, label: str, days: int, subject: str | None
) -> NewKey:
    """Make one's own first key, with an invitation as the caller's secret; it works once.

    Args:
        store: where the key is kept.
        caller: somebody known by an invitation.
        label: what the key is for.
        days: how long it is to live, at most as long as the service allows.
        subject: who the person is to the identity provider, where that is proved.
    """
    with store.database.write() as tx:
        wanted = KeyRequest(label=label, days=min(days, store.settings.key_days))
        made = invitations.accept(tx, caller, wanted, subject)
        told = {"key": made.key.id, "subject": made.subject}
        resource = str(caller.invitation_id)
        audit.record(tx, caller, "invitation.accept", resource, user=caller.user_id, **told)
    return made.key


def show_signing_key(store: Store) -> SigningKey:
    """The public key of every decision record's signature."""
    return SigningKey(public_key=store.signer.public_key)


def _allowed(wanted: KeyRequest, caller: Caller, most_days: int) -> KeyRequest:
    """What a new key may be: no longer than the service allows, no wider than the key used.

    Raises:
        Invalid: it would live too long.
        Forbidden: it would be used from networks from which the key used is not.
    """
    if "days" not in wanted.model_fields_set:
        wanted = wanted.replaced(days=min(wanted.days, most_days))
    if wanted.days > most_days:
        words = f"at most {most_days} here (LODESTONE_KEY_DAYS)"
        raise Invalid.at([(Place(part="body", field="days"), words)])
    own = caller.scope.networks if caller.scope else ()
    if not own:
        return wanted
    networks = wanted.scope.networks or own
    for network in networks:
        if not any(_within(network, known) for known in own):
            raise Forbidden(f"networks: {network} is none of those of the key that you use")
    return wanted.replaced(scope=wanted.scope.replaced(networks=networks))


def _within(network: str, other: str) -> bool:
    one, two = ipaddress.ip_network(network), ipaddress.ip_network(other)
    if isinstance(one, ipaddress.IPv4Network):
        return isinstance(two, ipaddress.IPv4Network) and one.subnet_of(two)
    return isinstance(two, ipaddress.IPv6Network) and one.subnet_of(two)

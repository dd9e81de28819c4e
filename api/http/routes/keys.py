"""Keys and invitations: a secret reaches the person whose it is, and nobody else."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from starlette.concurrency import run_in_threadpool

from api.errors import Forbidden, NotFound
from api.http.bodies import StrictRoute
from api.http.documented import refusals
from api.http.managing import invite, keeper, managed, may_invite, may_make_key, user_of
from api.http.parts import AdminDep, CallerDep, CursorParam, LimitParam, StoreDep
from api.http.scopes import allowed
from api.oidc import Tokens
from api.resources.base import Label, Page, ResourceId
from api.resources.organisations import Key, KeyRequest, NewInvitation, NewKey
from api.resources.plans import SigningKey
from api.store import audit, invitations, keys

router = APIRouter(prefix="/v1", tags=["organisations"], route_class=StrictRoute)
USER = "/organisations/{organisation_id}/users/{user_id}"

LabelParam = Annotated[Label, Query(description="What the key is for.")]
DaysParam = Annotated[int, Query(ge=1, le=3650, description="Days until the key expires.")]
TokenHeader = Annotated[
    str | None,
    Header(
        max_length=16_384,
        description="A token of the identity provider: from now on its subject is you, too.",
    ),
]


@router.get(USER + "/keys", summary="List keys", responses=refusals(403))
def listed(  # noqa: PLR0913 - each is a part of the request or of the service
    organisation_id: ResourceId,
    user_id: ResourceId,
    store: StoreDep,
    caller: CallerDep,
    cursor: CursorParam = None,
    limit: LimitParam = 50,
) -> Page[Key]:
    """A user's keys, without their secrets: your own, or an admin those of its people."""
    with store.database.read() as connection:
        keeper(connection, organisation_id, user_id, caller)
        return keys.listed(connection, organisation_id, user_id, cursor, limit)


@router.post(USER + "/keys", status_code=201, summary="Make a key")
def add(
    organisation_id: ResourceId,
    user_id: ResourceId,
    wanted: KeyRequest,
    store: StoreDep,
    caller: CallerDep,
) -> NewKey:
    """Your own, or as an admin the first key of a program that you have added.

    The secret is in this answer and never shown again. People are invited instead: then nobody
    but they ever has it.
    """
    with store.database.write() as tx:
        user = keeper(tx, organisation_id, user_id, caller)
        may_make_key(tx, user, caller)
        wanted = allowed(wanted, caller, store.settings.key_days)
        own = user_id == caller.user_id
        made_by = keys.maker_through(tx, caller) if own else caller.user_id
        key = keys.add(tx, user_id, wanted, made_by=made_by)
        told = wanted.model_dump(mode="json") | {"made_for_another": not own}
        audit.record(tx, caller, "key.add", key.id, user=user_id, **told)
    return key


@router.delete(USER + "/keys/{key_id}", summary="End a key")
def end(
    organisation_id: ResourceId,
    user_id: ResourceId,
    key_id: ResourceId,
    store: StoreDep,
    caller: CallerDep,
) -> Key:
    """It works no more, from now on; ending it again changes nothing."""
    with store.database.write() as tx:
        keeper(tx, organisation_id, user_id, caller)
        if keys.get(tx, key_id).user_id != user_id:
            raise NotFound("there is no key of this identifier")
        key = keys.revoke(tx, key_id)
        audit.record(tx, caller, "key.end", key_id, user=user_id)
    return key


@router.post(USER + "/invitations", status_code=201, summary="Invite a user")
def add_invitation(
    organisation_id: ResourceId, user_id: ResourceId, store: StoreDep, caller: AdminDep
) -> NewInvitation:
    """A secret worth one key, for the person alone; an earlier invitation of the user ends."""
    with store.database.write() as tx:
        managed(tx, organisation_id, caller)
        may_invite(tx, user_of(tx, organisation_id, user_id), caller)
        return invite(tx, store, caller, user_id)


@router.post(
    "/invitations/accept",
    status_code=201,
    summary="Accept an invitation",
    responses=refusals(409),
)
async def accept(  # noqa: PLR0913 - each is a part of the request or of the service
    request: Request,
    store: StoreDep,
    caller: CallerDep,
    label: LabelParam = "",
    days: DaysParam = 365,
    identity_token: TokenHeader = None,
) -> NewKey:
    """Make your own first key: send the invitation's secret as the bearer. It works once.

    With a token of the identity provider in `Identity-Token`, its tokens open the service for you
    from now on.
    """
    if caller.invitation_id is None:
        raise Forbidden("send the secret of your invitation: Authorization: Bearer ldin_…")
    subject = await _proved(request.app.state.tokens, identity_token)

    def do() -> NewKey:
        with store.database.write() as tx:
            longest = store.settings.key_days
            wanted = KeyRequest(label=label, days=min(days, longest))
            made = invitations.accept(tx, caller, wanted, subject)
            told = {"key": made.key.id, "subject": made.subject}
            resource = str(caller.invitation_id)
            audit.record(tx, caller, "invitation.accept", resource, user=caller.user_id, **told)
        return made.key

    return await run_in_threadpool(do)


@router.get("/signing-key", summary="With what records are signed")
def signing_key(store: StoreDep, caller: CallerDep) -> SigningKey:
    """The public key of every decision record's signature: keep it where nobody can change it."""
    return SigningKey(public_key=store.signer.public_key)


async def _proved(tokens: Tokens | None, token: str | None) -> str | None:
    """Who a person is to the identity provider, by a token of it.

    Raises:
        Forbidden: the token is not good, or no provider is set up.
    """
    if token is None:
        return None
    named = await tokens.named(token) if tokens else None
    if named is None:
        raise Forbidden("Identity-Token: no good token of an identity provider that is set up here")
    return named.subject

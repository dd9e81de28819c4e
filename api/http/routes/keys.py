"""Keys and invitations: a secret reaches the person whose it is, and nobody else."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from starlette.concurrency import run_in_threadpool

from api.acts import keys
from api.errors import Forbidden
from api.http.dependencies import AdminDep, CallerDep, CursorParam, LimitParam, StoreDep
from api.http.openapi import refusals
from api.http.strict_bodies import StrictRoute
from api.oidc import Tokens
from api.resources.base import Label, Page, ResourceId
from api.resources.organisations import Key, KeyRequest, NewInvitation, NewKey
from api.resources.plans import SigningKey

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
    return keys.list_all(store, caller, organisation_id, user_id, cursor, limit)


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
    return keys.add(store, caller, organisation_id, user_id, wanted)


@router.delete(USER + "/keys/{key_id}", summary="End a key")
def end(
    organisation_id: ResourceId,
    user_id: ResourceId,
    key_id: ResourceId,
    store: StoreDep,
    caller: CallerDep,
) -> Key:
    """It works no more, from now on; ending it again changes nothing."""
    return keys.end(store, caller, organisation_id, user_id, key_id)


@router.post(USER + "/invitations", status_code=201, summary="Invite a user")
def add_invitation(
    organisation_id: ResourceId, user_id: ResourceId, store: StoreDep, caller: AdminDep
) -> NewInvitation:
    """A secret worth one key, for the person alone; an earlier invitation of the user ends."""
    return keys.invite_user(store, caller, organisation_id, user_id)


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
    return await run_in_threadpool(keys.accept_invitation, store, caller, label, days, subject)


@router.get("/signing-key", summary="With what records are signed")
def signing_key(store: StoreDep, caller: CallerDep) -> SigningKey:
    """The public key of every decision record's signature: keep it where nobody can change it."""
    return keys.show_signing_key(store)


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

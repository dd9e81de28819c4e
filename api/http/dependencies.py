"""What routes ask for: store, readers, hub, caller, and the headers with a meaning."""

import hashlib
import re
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request, Response, Security
from fastapi.dependencies.models import Dependant
from fastapi.security import HTTPBearer

from api.caller import Caller
from api.canonical import sha256_of
from api.errors import Invalid, MatchNeeded, Place, Stale
from api.http.comparisons import Comparisons
from api.http.event_hub import Hub
from api.reading import Readers
from api.resources.base import Role
from api.resources.plans import PlanSummary, SponsorView
from api.store import Store
from api.store.cursors import LARGEST_PAGE
from api.store.idempotency import Answer, Once

BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="bearer",
    description="An API key (`ldst_…`) or, where it is set up, a token of the identity provider.",
)
TAG = re.compile(r'"(\d{1,9})(?:-[0-9a-f]{16})?"\Z')
KEY = re.compile(r"[\x21-\x7e]{1,200}\Z")


async def store_of(request: Request) -> Store:
    """The store that the application works on."""
    store: Store = request.app.state.store
    return store


async def only_known_parameters(request: Request) -> None:
    """Refuse what a query asks for in words that the route does not know.

    A filter that is passed over answers with what it should have kept out.

    Raises:
        Invalid: naming each unknown parameter, and those that there are.
    """
    known = parameters_of(request.scope["route"].dependant)
    unknown = [name for name in dict.fromkeys(request.query_params) if name not in known]
    if unknown:
        there_are = f"known: {', '.join(sorted(known))}" if known else "it takes none"
        words = f"no such parameter; {there_are}"
        raise Invalid.at([(Place(part="query", field=name), words) for name in unknown])


def parameters_of(dependant: Dependant) -> set[str]:
    """Names of the query parameters of a route and of all that it depends on."""
    names = {field.alias for field in dependant.query_params}
    return names.union(*(parameters_of(part) for part in dependant.dependencies))


async def readers_of(request: Request) -> Readers:
    """The reading processes."""
    readers: Readers = request.app.state.readers
    return readers


async def comparisons_of(request: Request) -> Comparisons:
    """The comparisons that were made already."""
    found: Comparisons = request.app.state.comparisons
    return found


async def hub_of(request: Request) -> Hub:
    """The event hub."""
    hub: Hub = request.app.state.hub
    return hub


async def caller_of(request: Request, _: Annotated[Any, Security(BEARER)]) -> Caller:
    """Who is calling, as the gate has recognised."""
    caller: Caller = request.state.caller
    return caller


async def analyst_of(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
    """A caller that may submit and change.

    Raises:
        Forbidden: the caller is a viewer.
    """
    caller.must_be("analyst")
    return caller


async def admin_of(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
    """A caller that may manage its organisation.

    Raises:
        Forbidden: the caller is no admin.
    """
    caller.must_be("admin")
    return caller


async def once_of(
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="Your own name for this request (1 to 200 visible characters): sent "
            "again, it gets the first answer again. Kept 24 hours.",
            examples=["portfolio-2026-11"],
        ),
    ] = None,
) -> Once | None:
    """The request's idempotency key with what it stands for.

    Raises:
        Invalid: it is not one.
    """
    if idempotency_key is None:
        return None
    if not KEY.match(idempotency_key):
        place = Place(part="header", field="Idempotency-Key")
        raise Invalid.at([(place, "1 to 200 visible ASCII characters")])
    asked = f"?{request.url.query}" if request.url.query else ""
    content = hashlib.sha256(f"{request.method} {request.url.path}{asked}\n".encode())
    content.update(request.headers.get("content-type", "").encode() + b"\n")
    content.update(await request.body())
    return Once(idempotency_key, content.hexdigest())


async def version_of(
    if_match: Annotated[
        str | None,
        Header(description="The ETag that you have read: the change is made to it only."),
    ] = None,
) -> int:
    """The version that the caller wants to change.

    Raises:
        MatchNeeded: there is no If-Match.
        Stale: it is no entity tag of ours.
    """
    if if_match is None:
        raise MatchNeeded("another change may have come between your reading and this request")
    tag = TAG.match(if_match)
    if tag is None:
        raise Stale("If-Match is not an entity tag of this resource")
    return int(tag[1])


ROLES: dict[Callable[..., Any], Role] = {analyst_of: "analyst", admin_of: "admin"}
"""The role that each of these asks for; a route's body is read after it."""


def calls_of(dependant: Dependant) -> set[Callable[..., Any]]:
    """Everything that a route depends on."""
    found = {part.call for part in dependant.dependencies if part.call is not None}
    return found.union(*(calls_of(part) for part in dependant.dependencies))


StoreDep = Annotated[Store, Depends(store_of)]
ReadersDep = Annotated[Readers, Depends(readers_of)]
ComparisonsDep = Annotated[Comparisons, Depends(comparisons_of)]
HubDep = Annotated[Hub, Depends(hub_of)]
CallerDep = Annotated[Caller, Depends(caller_of)]
AnalystDep = Annotated[Caller, Depends(analyst_of)]
AdminDep = Annotated[Caller, Depends(admin_of)]
OnceDep = Annotated[Once | None, Depends(once_of)]
VersionDep = Annotated[int, Depends(version_of)]
CursorParam = Annotated[
    str | None,
    Query(alias="cursor", max_length=200, description="`next` of the page before."),
]
LimitParam = Annotated[
    int, Query(alias="limit", ge=1, le=LARGEST_PAGE, description="Items on one page.")
]


def tagged(response: Response, version: int) -> None:
    """Give an answer its entity tag."""
    response.headers["ETag"] = f'"{version}"'


def tagged_plan(response: Response, plan: PlanSummary | SponsorView) -> None:
    """Give a plan its entity tag: the version of its review, by which it is changed.

    What is archived or shared shows more that may change, and its tag tells of that too.
    """
    archived = isinstance(plan, PlanSummary) and plan.archived_at is not None
    more = (
        f"-{sha256_of(plan.model_dump(mode='json'))[:16]}"
        if archived or plan.note is not None
        else ""
    )
    response.headers["ETag"] = f'"{plan.version}{more}"'


def sent(answer: Answer, headers: dict[str, str] | None = None) -> Response:
    """The answer of an act that is done once, as it goes over the wire."""
    known = {"Location": answer.location} | (headers or {})
    return Response(answer.body, answer.status, known, "application/json")

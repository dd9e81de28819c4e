"""Problems: every error as RFC 9457 `application/problem+json`, never with what was sent."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, NamedTuple

import structlog
from asgi_correlation_id import correlation_id
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import Match

from api.errors import Forbidden, ServiceError, Unauthenticated
from api.http.wording import invalid_of
from api.reading.faults import LONGEST_QUOTE, cut, printable
from api.store import audit
from optimizer.instance.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fastapi import FastAPI, Request
    from starlette.types import Scope

    from api.caller import Caller
    from api.errors import Place
    from api.store import Store

log = structlog.get_logger()
MEDIA_TYPE = "application/problem+json"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
RESOURCE = re.compile(r"[a-z]{3,4}_[0-9a-f]{24}")
ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}
"""JSON that stays harmless wherever it is pasted."""


class FaultPlace(Record):
    """Where a fault is, for programs that mark it; what does not apply is absent."""

    part: str | None = None
    """Part of the request (body, query, path, header); absent for a submitted instance."""
    file: str | None = None
    """File or sheet of the submission."""
    table: str | None = None
    """Table of the instance, `settings` among them."""
    row: int | None = None
    """Row of the file, headings being row 1; of a JSON document, its place in the table from 0."""
    field: str | None = None
    """Column; in a request the path of the field, such as `options.gap`."""
    cell: str | None = None
    """Address in a workbook, such as `projects!K30`."""


class Problem(Record):
    """Why a request was refused (RFC 9457)."""

    type: Annotated[str, Field(examples=["urn:lodestone:problem:not-found"])]
    """What kind of problem; never changes."""
    title: str
    """The same in words."""
    status: int
    """The same as the answer's own."""
    detail: str | None = None
    """What was wrong this time."""
    faults: tuple[str, ...] | None = None
    """Everything that is wrong with what was submitted, in words."""
    places: tuple[FaultPlace, ...] | None = None
    """Where each of `faults` is, in their order; absent where no place is known."""
    faults_left_out: int | None = None
    """How many more there are than are listed."""
    request_id: str | None = None
    """Quote it when you ask the operator."""


def problem_of(error: ServiceError) -> Response:
    """The answer to a request that was refused."""
    headers = {}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(max(1, round(error.retry_after_s)))
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    problem = Problem(
        type=f"urn:lodestone:problem:{error.slug}",
        title=error.title,
        status=error.status,
        detail=error.detail or None,
        faults=error.faults or None,
        places=_shown(error.places) or None,
        faults_left_out=error.left_out or None,
        request_id=correlation_id.get(),
    )
    return answer_of(problem, headers)


def plain_problem(status: int, headers: Mapping[str, str] | None = None) -> Response:
    """The answer to a request that HTTP itself refuses."""
    problem = Problem(
        type="about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        request_id=correlation_id.get(),
    )
    return answer_of(problem, headers)


def answer_of(problem: Problem, headers: Mapping[str, str] | None) -> Response:
    """A problem as an answer."""
    text = json.dumps(problem.model_dump(mode="json", exclude_none=True)).translate(ESCAPES)
    return Response(text, problem.status, headers, MEDIA_TYPE)


def _shown(places: Iterable[Place]) -> tuple[FaultPlace, ...]:
    """Places with what does not apply left out."""
    return tuple(
        FaultPlace(
            **{name: part for name, part in place._asdict().items() if part not in ("", None)}
        )
        for place in places
    )


def handle(app: FastAPI, store: Store) -> None:
    """Have the application answer every error with a problem; acts refused are in the audit log."""

    @app.exception_handler(ServiceError)
    async def refused(request: Request, error: ServiceError) -> Response:
        if error.status == HTTPStatus.INTERNAL_SERVER_ERROR:  # No refusal: the operator must know.
            app.state.metrics.failed()
            log.error(
                "a failure of ours", kind=error.slug, reason=error.detail, path=_page(request)
            )
        if isinstance(error, Forbidden):
            route = str(getattr(request.scope.get("route"), "path", "unmatched"))
            act = Act(request.method, route, [str(one) for one in request.path_params.values()])
            await run_in_threadpool(tell_refused, store, request.state.caller, act, error)
        return problem_of(error)

    @app.exception_handler(RequestValidationError)
    async def faulty(_: Request, error: RequestValidationError) -> Response:
        return problem_of(invalid_of(error))

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> Response:
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = allowed(app, request.scope)
        return plain_problem(error.status_code, headers)


def _page(request: Request) -> str:
    return cut(printable(request.url.path), LONGEST_QUOTE)


def allowed(app: FastAPI, scope: Scope) -> str:
    """Every method that a path takes, for the header Allow."""
    found = {
        method
        for method in METHODS
        for route in app.router.routes
        if route.matches({**scope, "method": method})[0] is Match.FULL
    }
    return ", ".join(sorted(found | ({"HEAD"} if "GET" in found else set())))


class Act(NamedTuple):
    """What was asked for."""

    method: str
    route: str
    parts: list[str]
    """Parts of its path, identifiers among them."""


def tell_refused(store: Store, caller: Caller, act: Act, error: Forbidden) -> None:
    """Tell the audit log of an act that was refused; the refusal stands, whatever comes of it.

    Reading is no act: what was refused of it is in the log of requests.
    """
    if act.method in ("GET", "HEAD"):
        return
    named = [part for part in act.parts if RESOURCE.fullmatch(part)]
    resource = named[-1] if named else caller.organisation_id
    told = {"method": act.method, "route": act.route[:200], "reason": error.detail}
    try:
        with store.database.write() as tx:
            owner = audit.known_owner(tx, caller, resource)
            audit.record(tx, caller, "act.refuse", resource, owner=owner, **told)
    except ServiceError as trouble:
        words = type(trouble).__name__
        log.warning("a refusal is not in the audit log", method=act.method, error=words)

"""For those who run the service: does it live, can it work, how is it doing."""

from typing import Literal

from fastapi import APIRouter, Request, Response

from api.acts.operation import must_be_ready
from api.errors import NotFound
from api.http.dependencies import StoreDep
from api.http.openapi import content, media, refusals
from api.networks import is_among
from optimizer.instance.records import Record

router = APIRouter(tags=["operation"])


class Health(Record):
    """How the service is."""

    status: Literal["ok"]
    """Always the same: what is not well answers with a problem."""


@router.get("/livez", summary="Is the process alive?")
async def livez() -> Health:
    """Always, if it answers."""
    return Health(status="ok")


@router.get("/readyz", summary="Can it take on work?", responses=refusals(503))
def readyz(store: StoreDep) -> Health:
    """Whether database, tables and disk are as they must be, and a worker lives."""
    must_be_ready(store)
    return Health(status="ok")


@router.get(
    "/metrics",
    summary="Measurements for Prometheus",
    response_class=Response,
    responses=content(media("text/plain", schema={"type": "string"})) | refusals(404),
)
def metrics(request: Request, store: StoreDep) -> Response:
    """Requests and their time, jobs, workers, restarts, messages, disk and failures.

    Raises:
        NotFound: the caller's network is none of those that may read them.
    """
    origin = request.client.host if request.client else ""
    if not is_among(origin, store.settings.metrics_networks):
        raise NotFound("page")
    text: bytes = request.app.state.metrics.text()
    return Response(text, media_type="text/plain; version=1.0.0; charset=utf-8")

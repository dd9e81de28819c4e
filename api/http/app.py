"""The application: what is wired to what."""

from __future__ import annotations

import asyncio
import contextlib
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from asgi_correlation_id import CorrelationIdMiddleware
from fastapi import Depends, FastAPI

from api.handling import new_turns
from api.http import problems
from api.http.admission import INSTANCE_SCHEMA, OPEN, Gate
from api.http.comparisons import Comparisons
from api.http.dependencies import only_known_parameters
from api.http.event_hub import Hub
from api.http.manners import add_manners
from api.http.metrics import Metrics
from api.http.openapi import document_of
from api.http.requests import Requests, sane_id
from api.http.routes import (
    contents,
    downloads,
    events,
    health,
    instances,
    jobs,
    keys,
    organisations,
    pages,
    plans,
    shares,
    webhooks,
)
from api.http.schemas import schema_of_instance
from api.http.threads import share_threads
from api.reading import Readers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from api.oidc import Tokens
    from api.store import Store

ROUTERS = (
    instances.router,
    downloads.router,
    jobs.router,
    events.router,
    contents.router,
    plans.router,
    *shares.ROUTERS,
    organisations.router,
    keys.router,
    webhooks.router,
    health.router,
    pages.router,
)
"""In the order of the document; `/plans/comparison` comes before `/plans/{plan_id}`."""


def create_app(store: Store, readers: Readers | None = None) -> FastAPI:
    """The service's application.

    Args:
        store: database and files; its owner closes it.
        readers: reading processes that somebody else owns; otherwise the application has its own,
            which end with it.
    """
    app = FastAPI(
        title="Lodestone",
        version=version("lodestone"),
        lifespan=_lifespan(readers),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        dependencies=[Depends(only_known_parameters)],
    )
    state = app.state
    state.store, state.hub, state.tokens = store, Hub(store), _tokens(store)
    state.metrics = Metrics(store, state.hub)
    state.comparisons, state.turns = Comparisons(), new_turns()
    problems.handle(app, store)
    for router in ROUTERS:
        app.include_router(router)
    _add_documents(app)
    _add_middleware(app, store)
    return app


def _lifespan(readers: Readers | None) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """What runs beside the requests, from the first to the last, with these readers or its own."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        state = app.state
        state.threads = share_threads()
        own = None if readers else Readers(state.store.settings)
        state.readers = readers or own
        running = asyncio.create_task(state.hub.run())
        try:
            yield
        finally:
            state.hub.stop()
            await running
            if state.tokens:
                state.tokens.close()
            if own:
                await asyncio.to_thread(own.close)

    return lifespan


def _add_documents(app: FastAPI) -> None:
    """What describes the service, for programs."""
    app.openapi = lambda: document_of(app)  # type: ignore[method-assign]

    @app.get(OPEN, include_in_schema=False)
    async def openapi() -> dict[str, Any]:
        return app.openapi()

    @app.get(INSTANCE_SCHEMA, include_in_schema=False)
    async def instance_schema() -> dict[str, Any]:
        return schema_of_instance()


def _add_middleware(app: FastAPI, store: Store) -> None:
    """What stands around every request; what is added last stands outermost."""
    app.add_middleware(Gate, store=store, tokens=app.state.tokens, turns=app.state.turns)
    add_manners(app, store.settings.origins, store.settings.hosts)
    app.add_middleware(Requests, metrics=app.state.metrics)
    app.add_middleware(
        CorrelationIdMiddleware,
        update_request_header=False,
        validator=sane_id,
    )


def _tokens(store: Store) -> Tokens | None:
    """What recognises an identity provider's tokens, where there is one."""
    if not store.settings.oidc_issuer:
        return None
    from api.oidc import Tokens

    return Tokens(store.settings)

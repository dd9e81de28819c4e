"""The kinds of jobs: one module for each says what is asked, what is needed, how it is run.

Whoever queues, runs, shows or documents jobs reads `KINDS`, and compares no names of kinds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, ValidationError

from api.kinds import replay, solve
from api.kinds.replay import ReplayRequest as ReplayRequest
from api.kinds.solve import SolveRequest as SolveRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.kinds.kind import Kind, Request

KINDS: dict[str, Kind[Any]] = {kind.name: kind for kind in (solve.KIND, replay.KIND)}
"""By name."""

JobRequest = Annotated[SolveRequest | ReplayRequest, Field(discriminator="kind")]
"""What `POST /v1/jobs` takes: one of the requests of `KINDS`."""


class Unreadable(Exception):
    """A job that was queued by another version, and of which this one can make nothing."""


def read(name: str, request: Mapping[str, Any]) -> tuple[Kind[Any], Request]:
    """A job's kind, and its request as it was stored.

    Raises:
        Unreadable: there is no such kind, or its requests are not of this form; in words.
    """
    kind = KINDS.get(name)
    if kind is None:
        raise Unreadable(
            f"this version of the service knows no jobs of kind {name!r}, only {', '.join(KINDS)}"
        )
    try:
        return kind, kind.request.model_validate(request)
    except ValidationError as trouble:
        fields = ", ".join(".".join(map(str, error["loc"])) for error in trouble.errors()[:5])
        raise Unreadable(
            f"this version of the service cannot read the request of this {name}: {fields}"
        ) from trouble


def plans_read(name: str, request: Mapping[str, Any]) -> tuple[str, ...]:
    """The plans that a job reads; none of one that cannot be run anyway."""
    try:
        kind, asked = read(name, request)
    except Unreadable:
        return ()
    return kind.plans(asked)


def fields_of(name: str, result: dict[str, Any] | None) -> dict[str, Any]:
    """How a result is told: the fields of `Job` that hold it."""
    kind = KINDS.get(name)
    older = {kind.told_as: result} if kind is not None and kind.told_as is not None else {}
    return {"result": result} | older

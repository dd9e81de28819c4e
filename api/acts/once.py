"""Acts: what a request does, in one transaction with its audit entry and its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi.responses import Response

from api.points import reached
from api.store import idempotency
from api.store.idempotency import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel

    from api.caller import Caller
    from api.store import Store, Transaction
    from api.store.idempotency import Once


def act(
    store: Store, caller: Caller, once: Once | None, do: Callable[[Transaction], Answer]
) -> Answer:
    """Do something once: the act and its answer are committed together, or neither.

    Raises:
        KeyReused: the idempotency key stood for another request.
        ServiceError: what the act itself raises.
    """
    with store.database.write() as tx:
        answer = idempotency.earlier(tx, caller, once)
        if answer is None:
            answer = do(tx)
            idempotency.remember(tx, caller, once, answer)
        reached("api.before_commit")
    reached("api.after_commit")
    return answer


def answer(status: int, location: str, content: BaseModel) -> Answer:
    """An answer that can be kept and given again."""
    return Answer(status, location, content.model_dump_json())


def sent(answer: Answer, headers: dict[str, str] | None = None) -> Response:
    """An answer as it goes over the wire."""
    known = {"Location": answer.location} | (headers or {})
    return Response(answer.body, answer.status, known, "application/json")

"""Acts that are done once, however often they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.fault_points import reached
from api.store import idempotency

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.caller import Caller
    from api.store import Store, Transaction
    from api.store.idempotency import Answer, Once


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

"""The largest share of what members need that one country outside the alliance supplies.

Criterion   largest_country_share = max over traced elements e, stages g after scrap, countries c
            outside and years t of content that c supplies at g / nominal demand in content at g,
            both as rule 17 counts them; 0 if nothing is traced
Rule        21, where it is bounded: then each of these shares is a row of nominal operation
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.instance.records import Policy
from optimizer.instance.records.base import SUPPLY_STAGES
from optimizer.vocabulary.criteria import LARGEST

if TYPE_CHECKING:
    from optimizer.blocks.parameters import Parameters


def shares_abroad(q: Parameters, value: float = 1.0, name: str = LARGEST) -> dict[str, Policy]:
    """A hard cap on every share that the criterion is the largest of, by id."""
    elements = sorted({row.element for row in q.instance.contents})
    abroad = [row.id for row in q.instance.countries if not (row.alliance or row.several)]
    plain = Policy(id="share", kind="country_share", value=value)
    rows = (
        plain.model_copy(
            update={"id": f"{name}.{e}.{g}.{c}", "element": e, "stage": g, "country": c}
        )
        for e in elements
        for g in SUPPLY_STAGES
        for c in abroad
    )
    return {row.id: row for row in rows}


def bounded_shares(q: Parameters) -> dict[str, Policy]:
    """The caps that bounds on the criterion stand for."""
    found: dict[str, Policy] = {}
    for policy in q.enabled("criterion_bound").values():
        if policy.criterion == LARGEST:
            found |= shares_abroad(q, policy.value, policy.id)
    return found

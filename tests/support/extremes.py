"""Random instances with figures at the ends of their ranges, for tests of whatever is valid."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from optimizer.errors import InvalidInstance
from tests.support.strategies import random_instance

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.instance.records import Row

ENDS = {
    "capacity_t_per_year": (0.0, 1e-9, 1e10),
    "capex_musd": (0.0, 1e-8, 1e-6, 1e6),
    "success_probability": (0.0, 1e-12),
    "private_appetite": (0.0, 1e-12, 1.0),
    "private_premium": (0.0, 5.0),
    "life_years": (1, 100),
    "offtake_share": (0.0, 1e-12),
    "opex_usd_per_t": (0.0, 1e-9, 1e9),
    "capacity_use": (1e-9, 1e4),
    "carbon_t_per_t": (0.0, 1e4),
    "t_per_t": (1e-9, 1e4),
    "price_usd_per_t": (0.0, 1e-9, 1e9),
    "limit_t_per_year": (0.0, 1e-9, 1e10),
    "demand_t_per_year": (0.0, 1e-9, 1e10),
    "freight_usd_per_t": (0.0, 1e9),
    "interest_rate": (0.0, 1e-17, 1e-300, 0.5),
    "dividend_rate": (0.0, 1e-17, 0.5),
    "royalty_usd_per_t": (0.0, 1e-9, 1e9),
    "royalty_share": (0.0, 1e-12, 1.0),
    "tenor_years": (1, 100),
    "grace_years": (0, 100),
    "largest_share": (0.0, 1e-12),
    "mobilisation": (0.0, 20.0),
    "opening_cash_musd": (0.0, 1e-9, 1e6),
    "amount_musd": (0.0, 1e-9, 1e6),
    "arisings_t_per_year": (0.0, 1e10),
    "collection_rate": (0.0, 1.0),
    "loss_share": (0.0, 1.0),
    "rotation_share": (0.0, 1.0),
    "residual_share": (0.0, 1.0),
    "holding_cost_usd_per_t": (0.0, 1e9),
    "understock_cost_usd_per_t": (0.0, 1e9),
    "cost_usd_per_t": (1e9,),
    "factor": (0.0, 1e-12, 100.0),
}
"""The smallest and largest figures of columns, and some that are all but 0."""


def extreme(seed: int) -> Instance | None:
    """A random instance with one to three columns of figures at an end of their range.

    In every row of a column, or in one of them. None where that is no valid instance.
    """
    random = Random(seed)
    calm = random_instance(seed)
    changes: dict[str, tuple[Row, ...]] = {}
    for name in random.sample(sorted(ENDS), random.randint(1, 3)):
        value = random.choice(ENDS[name])
        for table in calm.tables():
            rows = changes.get(table, getattr(calm, table))
            if not rows or name not in type(rows[0]).model_fields:
                continue
            hit = {random.randrange(len(rows))} if random.random() < 0.5 else set(range(len(rows)))
            try:
                changes[table] = tuple(
                    row.replaced(**{name: value}) if place in hit else row
                    for place, row in enumerate(rows)
                )
            except ValueError:
                continue
    try:
        rate = random.choice([calm.settings.discount_rate, 0.0, 1e-17, 0.5])
        return calm.replaced(settings=calm.settings.replaced(discount_rate=rate), **changes)
    except InvalidInstance:
        return None

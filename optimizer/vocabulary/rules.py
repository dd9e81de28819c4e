"""The rules of docs/model.md by number and name: what rows, checks and reports call them."""

from __future__ import annotations

from typing import Final

NAMES: Final = (
    "once",
    "relations",
    "capital",
    "fund",
    "mandates",
    "host_terms",
    "exposure",
    "esg",
    "capacity",
    "price_floor",
    "balance",
    "trade",
    "demand",
    "stockpiles",
    "shared_capacity",
    "closed_loop",
    "country_share",
    "hhi",
    "must_survive",
    "fairness",
    "criterion_bound",
)
RULES: Final = {number: f"{number} {name}" for number, name in enumerate(NAMES, start=1)}
"""Every built rule, such as `9 capacity`, by its number."""

TAIL: Final = "tail_shortage"
"""Rows that define this criterion."""
USE_CUTS: Final = "cuts at the root"
"""Rows that hold in some best plan and lift the bound of the relaxation."""
STEPS: Final = "steps of the objective"
"""Rows that keep what an earlier step has reached, and those that the last one minimises."""

"""Data of the years, without Pyomo: parameters, network, series, shocks, bounds, carry-over.

Enters: a valid instance. Leaves: plain numbers and arrays by block of operation, which the model's
rules are written over and which `optimizer.solving` stamps.
"""

DATA = (
    "supply_limit",
    "route_limit",
    "demand",
    "collectable",
    "policy_bound",
    "most_short",
    "release_limit",
    "fill_limit",
    "closing",
)
"""Components of a year of operation whose values differ from year to year."""

"""Units of the numbers of all resources, by how their fields are called."""

from __future__ import annotations

UNITS = {
    "_musd": "million USD of the base year",
    "_s": "s",
    "_s_per_30_days": "s",
    "_s_last_30_days": "s",
    "_bytes": "bytes",
    "_year": "year",
    "_share": "share",
    "_kt": "kt",
    "_years": "years",
    "kt": "kt",
    "year": "year",
    "start": "year",
    "first_output": "year",
    "share": "share",
    "left": "of the policy",
    "slack": "of the policy",
    "difference": "of the objective",
    "days": "days",
    "gap": "share of the objective's size",
    "worth_gap": "share of the worth",
    "gap_against_doing_nothing": "share of the worth",
    "objective": "of the objective",
    "bound": "of the objective",
    "incumbent": "of the objective",
    "do_nothing": "of the objective",
    "worth": "of the objective",
    "low": "of the objective",
    "standard_error": "of the objective",
    "cost_saved": "million USD of the base year",
    "verified_bound": "of the objective",
    "granted": "of the objective",
    "undisturbed": "million USD of the base year",
    "disruptions": "million USD of the base year",
    "risk": "million USD of the base year",
    "public_funds": "million USD of the base year",
    "salvage": "million USD of the base year",
    "fund_cost": "million USD of the base year",
    "worth_if_all_succeed": "of the objective",
    "worst_violation": "share of the row's size",
    "amount": "share of the row's size",
    "factor": "factor",
    "last_status": "HTTP status",
    "status": "HTTP status",
}
"""Unit of a number by its whole name, or else by the end of its name; other numbers count."""


def unit_of(name: str) -> str:
    """The unit of a number field."""
    if name in UNITS:
        return UNITS[name]
    endings = [ending for ending in UNITS if ending.startswith("_") and name.endswith(ending)]
    return UNITS[max(endings, key=len)] if endings else "count"

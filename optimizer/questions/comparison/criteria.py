"""Criteria and proof: what each plan is worth, and which differences are proven."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from optimizer.vocabulary.criteria import CRITERIA, unit_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optimizer.plan import Plan, Proof

SMALLEST_SHARE = 1e-6
"""Differences below this share of the values are the solver's dust."""

FIGURES = ("objective", "bound", "gap", "do_nothing", "worth")


def criteria_of(plans: Mapping[str, Plan]) -> pd.DataFrame:
    """Criteria by plan, and their differences from the first: index criterion, unit."""
    found = dict.fromkeys(name for plan in plans.values() for name in plan.criteria)
    names = sorted(found, key=lambda name: (*CRITERIA, name).index(name))
    rows = [[plan.criteria.get(name) for plan in plans.values()] for name in names]
    keys = [(name, unit_of(name)) for name in names]
    index = pd.MultiIndex.from_tuples(keys, names=["criterion", "unit"])
    value = pd.DataFrame(rows, index=index, columns=list(plans), dtype="float64")
    difference = value.sub(value.iloc[:, 0], axis=0).iloc[:, 1:]
    return pd.concat({"value": value, "difference": difference}, axis=1, names=["", "plan"])


def proof_of(plans: Mapping[str, Plan]) -> pd.DataFrame:
    """Proofs by plan, and whether each differs for certain from the first."""
    proofs = [plan.proof for plan in plans.values()]
    index = pd.Index(list(plans), name="plan")
    frame = pd.DataFrame({"status": [proof.status for proof in proofs]}, index=index, dtype="str")
    for figure in FIGURES:
        frame[figure] = pd.Series(
            [getattr(proof, figure) for proof in proofs], index=index, dtype="float64"
        )
    certificates = [plan.certificate for plan in plans.values()]
    frame["certified"] = _flags([None if one is None else one.ok for one in certificates], index)
    frame["difference"] = frame["objective"] - frame["objective"].iloc[0]
    certain = [_certain(proofs[0], proof) for proof in proofs[1:]]
    frame["certain"] = _flags([None, *certain], index)
    return frame


def _flags(values: list[bool | None], index: pd.Index[str]) -> pd.Series[bool]:
    """Yes, no or missing."""
    return pd.Series(values, index=index, dtype="boolean")


def _certain(one: Proof, other: Proof) -> bool | None:
    """Whether two best values differ whatever lies within the gaps; None where unknown."""
    if "infeasible" in (one.status, other.status) and "unknown" not in (one.status, other.status):
        return one.status != other.status
    first, second = _range(one), _range(other)
    if first is None or second is None:
        return None
    dust = SMALLEST_SHARE * max(map(abs, (*first, *second)))
    return first[1] + dust < second[0] or second[1] + dust < first[0]


def _range(proof: Proof) -> tuple[float, float] | None:
    """Where the best value lies: between bound and objective; None without both."""
    if proof.objective is None or proof.bound is None:
        return None
    return min(proof.objective, proof.bound), max(proof.objective, proof.bound)

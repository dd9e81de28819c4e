"""Indicators: functions of numbers alone, each with its source and formula.

Enter: plain numbers or arrays. Leave: one number. The checker may use what stands here because
published test vectors, and not the model, vouch for it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt


def capital_recovery_factor(rate: float, years: int) -> float:
    """Level yearly payment that repays one unit with interest over a number of years.

    CRF(i, n) = i (1 + i)^n / ((1 + i)^n − 1), and 1/n at i = 0 (the annuity formula, as used in
    the levelised cost of the NREL Annual Technology Baseline).

    Args:
        rate: interest i per year, as a share.
        years: number n of payments, at least 1.

    Returns:
        The payment as a share of the amount per year.
    """
    if rate == 0:
        return 1 / years
    # (1 + i)^n − 1 loses all digits of a small i, and overflows for a large n.
    return rate / -math.expm1(-years * math.log1p(rate))


def conditional_value_at_risk(
    losses: Sequence[float] | npt.NDArray[np.float64],
    probabilities: Sequence[float] | npt.NDArray[np.float64],
    level: float,
) -> float:
    """Mean of the worst 1 − α of a discrete loss distribution.

    CVaR_α = min_η η + Σ_s π_s (L_s − η)+ / (1 − α) (Rockafellar and Uryasev 2000, equation 9);
    for finitely many outcomes the minimum is the mean of the largest losses whose probabilities
    fill 1 − α, the last of them counted in part.

    Args:
        losses: L_s, in any unit.
        probabilities: π_s, summing to 1.
        level: α, at least 0 and less than 1.

    Returns:
        The conditional value at risk in the unit of the losses.
    """
    import numpy as np  # Validation needs the formulas above, and no arrays.

    values = np.asarray(losses, dtype=np.float64)
    weights = np.asarray(probabilities, dtype=np.float64)
    worst_first = np.argsort(-values, kind="stable")
    before = np.concatenate(([0.0], np.cumsum(weights[worst_first])[:-1]))
    tail = np.clip(1 - level - before, 0.0, weights[worst_first])
    return float(tail @ values[worst_first] / (1 - level))

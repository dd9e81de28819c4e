"""Hand flat arrays over to HiGHS, by its flat overload of passModel (objects cost a multiple)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import highspy
import numpy as np

from optimizer.highs.values import Basis

if TYPE_CHECKING:
    from numpy.typing import NDArray


def hand_over(h: highspy.Highs, arrays: dict[str, NDArray[Any]]) -> None:
    """Pass the arrays of `Program.arrays` to a HiGHS object.

    Raises:
        ValueError: HiGHS refuses them.
    """
    status = h.passModel(
        len(arrays["cost"]),
        len(arrays["row_lower"]),
        len(arrays["values"]),
        int(highspy.MatrixFormat.kColwise),
        int(highspy.ObjSense.kMinimize),
        float(arrays["offset"]),
        arrays["cost"],
        arrays["lower"],
        arrays["upper"],
        arrays["row_lower"],
        arrays["row_upper"],
        arrays["starts"],
        arrays["indices"],
        arrays["values"],
        arrays["integer"],
    )
    if status == highspy.HighsStatus.kError:
        raise ValueError("HiGHS refuses the program")


def hand_over_basis(h: highspy.Highs, basis: Basis) -> None:
    """Let the simplex method begin from a basis of the program that was handed over.

    Raises:
        ValueError: HiGHS refuses it.
    """
    status = {int(s): s for s in highspy.HighsBasisStatus.__members__.values()}
    handed = highspy.HighsBasis()
    handed.col_status = [status[s] for s in basis.columns.tolist()]
    handed.row_status = [status[s] for s in basis.rows.tolist()]
    handed.valid = True
    if h.setBasis(handed) == highspy.HighsStatus.kError:
        raise ValueError("HiGHS refuses the basis")


def basis_of(h: highspy.Highs) -> Basis | None:
    """The basis at which HiGHS ended, None where it has none."""
    found = h.getBasis()
    if not found.valid:
        return None
    columns, rows = (
        np.fromiter((int(s) for s in statuses), dtype=np.int8)
        for statuses in (found.col_status, found.row_status)
    )
    return Basis(columns, rows)

"""Hand flat arrays over to HiGHS, by its flat overload of passModel (objects cost a multiple)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import highspy

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

"""What a plan says that its projects earn, as it is read."""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING

import numpy as np

from optimizer.vocabulary.project_accounts import EXPECTED, NAMES

if TYPE_CHECKING:
    from optimizer.checker.reader import Reader
    from optimizer.plan import Columns

    Key = tuple[str, str, str, int]
    """Project, basis, figure, year of the start."""

KEYS = ("project", "basis", "figure", "year")


def stated_accounts(reader: Reader, rows: Columns) -> dict[Key, float]:
    """What a plan says of its projects; rows of no project, basis or figure are out of form."""
    bases = {*reader.network.names["scenarios"], EXPECTED}
    known = [
        reader.at("projects", rows, "project"),
        reader.year(rows),
        np.array([0 if basis in bases else -1 for basis in rows["basis"]], dtype=np.intp),
        np.array([0 if figure in NAMES else -1 for figure in rows["figure"]], dtype=np.intp),
    ]
    good = reader.good("project_accounts", rows, known)
    keys = zip(*(rows[name] for name in KEYS), strict=True)
    return dict(compress(zip(keys, rows["value"], strict=True), good.tolist()))

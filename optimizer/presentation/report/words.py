"""Numbers, units and lists of years, as the report writes them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def amount(value: float) -> str:
    """A quantity: whole from 100 on, one decimal below, two below 10."""
    size = abs(value)
    if size < 0.005:
        return "0"
    return f"{value:,.{0 if size >= 100 else 1 if size >= 10 else 2}f}"


def blank_zero(value: float) -> str:
    """An amount in a table, where a dash is easier to see than a zero."""
    return amount(value) if abs(value) >= 0.005 else "–"


def money(value: float, largest: float) -> str:
    """An amount in a table of money whose largest is known: the same decimals everywhere."""
    digits = 0 if largest >= 1000 else 1
    return f"{value:,.{digits}f}" if abs(value) >= 0.5 * 10**-digits else "–"


def percent(share: float) -> str:
    """A share as a percentage, with decimals where it is small."""
    value = 100 * share
    size = round(abs(value), 1)
    if size >= 10 or abs(value) < 5e-5:
        return f"{value:.{int(99 < size < 100)}f} %"
    digits = 1 if size >= 1 else 2 if abs(value) >= 0.01 else 4
    return f"{value:.{digits}f} %"


def year_ranges(years: Iterable[int]) -> str:
    """`2027–2030, 2033`: years in words; nothing for the year 0, the whole horizon."""
    ordered = sorted(set(years) - {0})
    runs = []
    for _, group in itertools.groupby(enumerate(ordered), key=lambda pair: pair[1] - pair[0]):
        run = [year for _, year in group]
        runs.append(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}")
    return ", ".join(runs)


def listed(names: Iterable[str], most: int = 12) -> str:
    """Names with commas; a long list is cut and says how much."""
    known = list(names)
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(known[:most]) + more


def number_of(count: int, one: str, many: str = "") -> str:
    """`1 project`, `2 projects`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"

"""Words that messages share: near misses, ISO countries, lists of years, numbers."""

from __future__ import annotations

import difflib
import math
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from optimizer.records.base import USER_ASSIGNED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence


MOST_LISTED = 8
"""Longest list of known names that a message spells out."""


MOST_COMPARED = 1_000
"""Known names beyond which none is suggested: comparing with each takes too long."""


def suggestion(text: str, known: Collection[str]) -> str:
    """` (did you mean X?)`, or the known names when there are few, or nothing."""
    if len(known) > MOST_COMPARED:
        return ""
    near = nearest(text, frozenset(known))
    if near:
        return f" (did you mean {near}?)"
    if 0 < len(known) <= MOST_LISTED:
        return f" (known: {', '.join(sorted(known))})"
    return ""


@lru_cache(maxsize=4096)
def nearest(text: str, known: frozenset[str], likeness: float = 0.6) -> str:
    """The known name that is most like a text, or nothing if none is like enough (0 to 1).

    Remembered, because one slip is often repeated in many rows.
    """
    by_folded = {name.casefold(): name for name in sorted(known)}
    near = difflib.get_close_matches(text.casefold(), by_folded, n=1, cutoff=likeness)
    return by_folded[near[0]] if near else ""


def is_country(code: str) -> bool:
    """Whether ISO 3166-1 has assigned the alpha-3 code, or leaves it to users."""
    import pycountry

    return bool(USER_ASSIGNED.match(code)) or pycountry.countries.get(alpha_3=code) is not None


CODE_LENGTH = 3


@cache
def country_names() -> dict[str, str]:
    """Alpha-3 code by every name and code of a country, in lower case."""
    import pycountry

    codes: dict[str, str] = {}
    for country in pycountry.countries:
        names = [country.name, getattr(country, "common_name", ""), country.alpha_2]
        names += [getattr(country, "official_name", ""), country.alpha_3]
        codes |= {name.casefold(): country.alpha_3 for name in names if name}
    return codes


@lru_cache(maxsize=4096)
def country_suggestion(text: str) -> str:
    """` (did you mean CHL?)` for a name, an alpha-2 code or a misspelling, or nothing."""
    codes, wanted = country_names(), text.strip().casefold()
    if wanted in codes:
        return f" (did you mean {codes[wanted]}?)"
    # A wrong code of three letters is like many others: none of them is worth naming.
    names = [name for name in codes if len(name) > CODE_LENGTH]
    near = difflib.get_close_matches(wanted, names, n=1, cutoff=0.6)
    return f" (did you mean {codes[near[0]]}?)" if near and len(wanted) > CODE_LENGTH else ""


def not_a_country(text: str) -> str:
    """The message about a wrong country code."""
    return f"'{text}' is not an ISO 3166-1 alpha-3 code{country_suggestion(text)}"


def years_text(years: Iterable[int]) -> str:
    """`2031, 2033–2035`."""
    runs: list[list[int]] = []
    for year in sorted(set(years)):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    spans = [str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs]
    return ", ".join(spans)


def listed(names: Sequence[str]) -> str:
    """Names as a list for people: a, b and c."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def first_few(names: Collection[str], most: int = 3) -> str:
    """`'a', 'b', 'c' and 33 more`: enough names to find the others."""
    text = ", ".join(f"'{name}'" for name in sorted(names)[:most])
    more = len(names) - most
    return f"{text} and {more:,} more" if more > 0 else text


def number_text(value: float) -> str:
    """`1,200,000` or `0.0035`: as people write it, rounded for reading."""
    if math.isfinite(value) and value == round(value) and abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value:,.6g}"

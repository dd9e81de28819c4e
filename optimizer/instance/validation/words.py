"""Words that messages share: near misses, ISO countries, lists of years, numbers."""

from __future__ import annotations

import difflib
import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from optimizer.instance.records.base import USER_ASSIGNED
from optimizer.instance.validation.codes import countries_like, currencies_like

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


LIKENESS = 0.75
"""Likeness (0 to 1) below which a known name is not worth naming: CHN is 0.67 like CHL, country
0.62 like colour."""

SHORTEST = 4
"""Letters from which on a beginning stands for the name that begins with it."""


@lru_cache(maxsize=4096)
def nearest(text: str, known: frozenset[str], likeness: float = LIKENESS) -> str:
    """The known name that is most like a text, or nothing if none is like enough (0 to 1).

    Case, blanks and the signs that join words do not count. Remembered, because one slip is often
    repeated in many rows.
    """
    by_plain = {joined(name): name for name in sorted(known, reverse=True)}
    wanted = joined(text)
    if wanted in by_plain:
        return by_plain[wanted]
    near = difflib.get_close_matches(wanted, by_plain, n=1, cutoff=likeness)
    if not near and not text.isupper():  # One letter makes a code of another country.
        near = [name for name in by_plain if one_letter_apart(wanted, name)][:1]
    if not near and len(wanted) >= SHORTEST:
        longer = [name for name in by_plain if name.startswith(wanted)]
        near = difflib.get_close_matches(wanted, longer, n=1, cutoff=0.0)
    return by_plain[near[0]] if near else ""


def one_letter_apart(one: str, other: str) -> bool:
    """Whether two names of some length are the same but for one letter."""
    if len(one) != len(other) or len(one) < SHORTEST - 1:
        return False
    return sum(a != b for a, b in zip(one, other, strict=True)) == 1


def joined(text: str) -> str:
    """A name without case, blanks and the signs that join words."""
    return re.sub(r"[\s_.-]+", "", text.casefold())


def is_country(code: str) -> bool:
    """Whether ISO 3166-1 has assigned the alpha-3 code, or leaves it to users."""
    import pycountry

    return bool(USER_ASSIGNED.match(code)) or pycountry.countries.get(alpha_3=code) is not None


def meant(codes: Sequence[str]) -> str:
    """` (did you mean COD or COG?)`, or nothing."""
    return f" (did you mean {' or '.join(codes)}?)" if codes else ""


def not_a_currency(text: str) -> str:
    """The message about a wrong currency code."""
    return f"'{text}' is not an ISO 4217 code{meant(currencies_like(text))}"


def not_a_country(text: str) -> str:
    """The message about a wrong country code."""
    return f"'{text}' is not an ISO 3166-1 alpha-3 code{meant(countries_like(text))}"


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

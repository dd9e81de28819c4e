"""Codes of countries and currencies by the names that people write.

A text enters; the codes that it may stand for leave, none where it is like no name that is known.
Names are those of ISO 3166-1 and ISO 4217, and the everyday ones that these do not have.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ALSO: Final[dict[str, tuple[str, ...]]] = {
    "america": ("USA",),
    "bosnia": ("BIH",),
    "britain": ("GBR",),
    "brunei": ("BRN",),
    "burma": ("MMR",),
    "cape verde": ("CPV",),
    "congo": ("COD", "COG"),
    "congo brazzaville": ("COG",),
    "congo kinshasa": ("COD",),
    "czech republic": ("CZE",),
    "democratic republic of the congo": ("COD",),
    "den": ("DNK",),
    "dr congo": ("COD",),
    "drc": ("COD",),
    "east timor": ("TLS",),
    "england": ("GBR",),
    "ger": ("DEU",),
    "great britain": ("GBR",),
    "gre": ("GRC",),
    "holland": ("NLD",),
    "iran": ("IRN",),
    "ivory coast": ("CIV",),
    "korea": ("KOR", "PRK"),
    "kosovo": ("XKX",),
    "laos": ("LAO",),
    "macau": ("MAC",),
    "macedonia": ("MKD",),
    "ned": ("NLD",),
    "north korea": ("PRK",),
    "palestine": ("PSE",),
    "por": ("PRT",),
    "prc": ("CHN",),
    "republic of the congo": ("COG",),
    "rok": ("KOR",),
    "rsa": ("ZAF",),
    "russia": ("RUS",),
    "scotland": ("GBR",),
    "south korea": ("KOR",),
    "sui": ("CHE",),
    "swaziland": ("SWZ",),
    "syria": ("SYR",),
    "the gambia": ("GMB",),
    "the netherlands": ("NLD",),
    "turkey": ("TUR",),
    "uae": ("ARE",),
    "uk": ("GBR",),
    "us": ("USA",),
    "vatican": ("VAT",),
}
"""Everyday names and codes of sports and old maps that ISO 3166-1 does not have."""

MONEY: Final[dict[str, tuple[str, ...]]] = {
    "$": ("USD",),
    "us$": ("USD",),
    "dollar": ("USD",),
    "dollars": ("USD",),
    "€": ("EUR",),
    "euros": ("EUR",),
    "£": ("GBP",),
    "pound": ("GBP",),
    "sterling": ("GBP",),
    "¥": ("JPY", "CNY"),
    "rmb": ("CNY",),
    "yuan": ("CNY",),
    "renminbi": ("CNY",),
    "₩": ("KRW",),
    "₹": ("INR",),
    "rupee": ("INR",),
    "real": ("BRL",),
    "kroner": ("NOK", "DKK"),
    "krona": ("SEK",),
    "krone": ("NOK", "DKK"),
    "franc": ("CHF",),
    "zloty": ("PLN",),
}
"""Signs and everyday names that ISO 4217 does not have."""

CODE_LENGTH = 3
LIKENESS = 0.85
"""Likeness (0 to 1) of a misspelling to a name of some length; Tunisia is 0.62 like Russia."""


def folded(text: str) -> str:
    """A name without case, accents, dots, commas and doubled blanks."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return re.sub(r"[\s_,.()'’-]+", " ", kept).strip()


@cache
def country_names() -> dict[str, tuple[str, ...]]:
    """Alpha-3 codes by every name and code of a country, folded."""
    import pycountry

    codes: dict[str, tuple[str, ...]] = {}
    for country in pycountry.countries:
        names = [country.name, getattr(country, "common_name", ""), country.alpha_2]
        names += [getattr(country, "official_name", ""), country.alpha_3]
        names.append(country.name.split(",")[0])
        for name in filter(None, map(folded, names)):
            codes.setdefault(name, (country.alpha_3,))
    return codes | ALSO


@cache
def currency_names() -> dict[str, tuple[str, ...]]:
    """Codes by every name and code of a currency, folded."""
    import pycountry

    codes: dict[str, tuple[str, ...]] = {}
    for currency in pycountry.currencies:
        codes |= {folded(name): (currency.alpha_3,) for name in (currency.name, currency.alpha_3)}
    return codes | MONEY


@lru_cache(maxsize=4096)
def countries_like(text: str) -> tuple[str, ...]:
    """Alpha-3 codes that a name, another code or a misspelling may stand for."""
    return _like(text, country_names())


@lru_cache(maxsize=4096)
def currencies_like(text: str) -> tuple[str, ...]:
    """Currency codes that a name, a sign or a code in small letters may stand for."""
    return _like(text, currency_names())


def _like(text: str, codes: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    wanted = folded(text) or text.strip()
    if wanted in codes:
        return codes[wanted]
    # A wrong code of three letters is like many others: none of them is worth naming.
    if len(wanted) <= CODE_LENGTH:
        return ()
    names = [name for name in codes if len(name) > CODE_LENGTH]
    near = difflib.get_close_matches(wanted, names, n=1, cutoff=LIKENESS)
    return codes[near[0]] if near else ()

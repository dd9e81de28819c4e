"""Numbers as people write them, with separators, currencies and signs: what they probably mean."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

BLANKS = re.compile(r"[\s\u00a0\u2007\u2009\u202f]+")
"""Blanks of every width, with which some separate thousands."""
CURRENCY = re.compile(r"^(?:[A-Z]{1,3})?[$€£¥₩₹]|[$€£¥₩₹]$|^[A-Z]{3}(?=[\d+-])|(?<=\d)[A-Z]{3}$")
"""A currency before or behind: `$1,720`, `US$ 5`, `1720 EUR`."""
BY_DOTS = re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?")
BY_COMMAS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
BY_QUOTES = re.compile(r"[+-]?\d{1,3}(['’]\d{3})+(\.\d+)?")
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")


def meant(text: str) -> str:
    """The number that a text means, as it must be written; nothing where that is not clear.

    `2.500.000` is 2500000, `$1,720.50` is 1720.50, `1.720,5` is 1720.5, `(3)` is -3, `50%` is 0.5.
    """
    bare = BLANKS.sub("", text).replace("\u2212", "-")
    if bare.startswith("(") and bare.endswith(")"):
        inner = meant(bare[1:-1])
        return f"-{inner}" if inner and not inner.startswith("-") else ""
    if bare.endswith("%"):
        return percent(meant(bare[:-1]))
    bare, with_currency = CURRENCY.sub("", CURRENCY.sub("", bare)), bare
    if bare != with_currency and BY_DOTS.fullmatch(bare) and bare.count(".") == 1:
        return bare.replace(".", "").replace(",", ".") if "," in bare else ""
    if BY_DOTS.fullmatch(bare) and (bare.count(".") > 1 or "," in bare):
        return bare.replace(".", "").replace(",", ".")
    if BY_COMMAS.fullmatch(bare):
        return bare.replace(",", "")
    if BY_QUOTES.fullmatch(bare):
        return re.sub("['’]", "", bare)
    if DECIMAL_COMMA.fullmatch(bare):
        return bare.replace(",", ".")
    return bare if PLAIN.fullmatch(bare) else ""


def percent(text: str) -> str:
    """A hundredth of a number, exactly: `40` is 0.4."""
    try:
        return f"{(Decimal(text) / 100).normalize():f}"
    except InvalidOperation:
        return ""

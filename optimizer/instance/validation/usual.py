"""Usual orders of magnitude: what a currency and a tonne of a material are worth.

Assumptions of ours, to find slips and not to judge: rounded means of 2024 for currencies; for
materials the level of the catalogue's prices (2021 to 2025), and where it has none of the U.S.
Geological Survey's summaries. A figure counts as odd only where it is several times off.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from optimizer.instance.validation.findings import Draft, Finding, Rule, warning
from optimizer.instance.validation.words import number_text

if TYPE_CHECKING:
    from collections.abc import Iterator

USD_PER_UNIT: Final[dict[str, float]] = {
    "AED": 0.27, "ARS": 0.0011, "AUD": 0.66, "BRL": 0.19, "CAD": 0.73, "CHF": 1.14, "CLP": 0.0011,
    "CNY": 0.14, "COP": 0.00025, "CZK": 0.043, "DKK": 0.145, "EUR": 1.08, "GBP": 1.28,
    "HUF": 0.0027, "IDR": 0.000063, "ILS": 0.27, "INR": 0.012, "JPY": 0.0066, "KRW": 0.00073,
    "KZT": 0.0021, "MAD": 0.1, "MXN": 0.055, "MYR": 0.22, "NOK": 0.093, "NZD": 0.61, "PEN": 0.27,
    "PHP": 0.0175, "PLN": 0.25, "RON": 0.22, "RUB": 0.011, "SAR": 0.27, "SEK": 0.095, "SGD": 0.75,
    "THB": 0.028, "TRY": 0.03, "TWD": 0.031, "UAH": 0.025, "USD": 1.0, "VND": 0.00004,
    "ZAR": 0.055,
}  # fmt: skip
"""USD per unit of a currency."""

USD_PER_T: Final[dict[str, float]] = {
    "aluminium": 2.5e3, "antimony": 1.5e4, "bismuth": 1.5e4, "cerium": 1.5e3, "cobalt": 3.5e4,
    "copper": 9e3, "dysprosium": 3e5, "dytb": 5e5, "gadolinium": 4e4, "gallium": 4e5,
    "germanium": 2e6, "gold": 7e7, "graphite": 2e3, "indium": 3e5, "iron": 2e2, "lanthanum": 1e3,
    "lead": 2e3, "lithium": 2e4, "magnesium": 3e3, "manganese": 1e3, "ndpr": 8e4,
    "neodymium": 8e4, "nickel": 1.8e4, "niobium": 4e4, "palladium": 4e7, "phosphate": 2e2,
    "platinum": 3e7, "praseodymium": 8e4, "samarium": 2.5e3, "silicon": 2.5e3, "silver": 8e5,
    "steel": 8e2, "tantalum": 2e5, "terbium": 1.2e6, "tin": 3e4, "titanium": 1e4,
    "tungsten": 3.5e4, "vanadium": 2e4, "yttrium": 1e4, "zinc": 2.8e3,
}  # fmt: skip
"""USD per tonne of a material, by a word of its name."""

MONEY_SLIP = 5.0
"""Factor between a currency's rate and the usual one beyond which it is worth a look."""
PRICE_SLIP = 300.0
"""The same of prices: ores are worth a tenth of metals, and slips of unit come by a thousand."""
PRICE_LEVELS = (0.2, 5.0)
"""Price levels, the base year's being 1, outside which one is an index of 100 or a percentage."""


def odd_rates(draft: Draft) -> Iterator[Finding]:
    """Exchange rates that are turned round or otherwise far from the usual."""
    for row in draft.instance.exchange_rates:
        usual = USD_PER_UNIT.get(row.currency)
        if usual is not None:
            given = row.usd_per_unit
            off = max(given / usual, usual / given)
            turned = max(1 / given / usual, usual * given)
            hint = f": is it turned round? write {1 / given:.4g}" if turned < MONEY_SLIP else ""
            if off >= MONEY_SLIP or (row.currency == "USD" and given != 1):
                message = (
                    f"{number_text(given)} USD per {row.currency}, where about "
                    f"{number_text(usual)} is usual{hint}"
                )
                yield warning(row, "usd_per_unit", message)
        low, high = PRICE_LEVELS
        if not low <= row.price_level <= high:
            hint = f": write {row.price_level / 100:g}" if 20 <= row.price_level <= 500 else ""
            message = (
                f"{row.price_level:g} times the prices of the base year: an index of 100{hint}?"
            )
            yield warning(row, "price_level", message)


def undeflated(draft: Draft) -> Iterator[Finding]:
    """Amounts in money of their year that no price level deflates."""
    base = draft.instance.settings.base_year
    rates = {(row.currency, row.year): row for row in draft.instance.exchange_rates}
    for row in draft.instance.contributions:
        rate = rates.get((row.currency, row.year))
        if row.nominal and rate is not None and rate.price_level == 1 and row.year > base:
            message = (
                f"the amount is in money of {row.year}, and price_level of {row.currency} in "
                f"{row.year} is 1: it is counted as if prices had not risen since {base}"
            )
            yield warning(row, "nominal", message)


def odd_prices(draft: Draft) -> Iterator[Finding]:
    """Prices hundreds of times away from what the material usually costs."""
    usual = {row.id: price for row in draft.instance.materials if (price := price_of(row.id))}
    for row in draft.instance.prices:
        normal, given = usual.get(row.material), row.price_usd_per_t
        if normal is None or given <= 0 or draft.materials[row.material].stage == "scrap":
            continue
        if abs(math.log(given / normal)) >= math.log(PRICE_SLIP):
            message = (
                f"{number_text(given)} USD/t, where '{row.material}' costs about "
                f"{number_text(normal)}: a slip of unit?"
            )
            yield warning(row, "price_usd_per_t", message)


def price_of(material: str) -> float | None:
    """The usual price of a material by the words of its name; None if none of them is known."""
    words = re.split(r"[^a-z]+", material.casefold())
    return next((USD_PER_T[word] for word in words if word in USD_PER_T), None)


RULES = (
    Rule(odd_rates),
    Rule(undeflated, ("settings", "exchange_rates")),
    Rule(odd_prices, ("materials",)),
)

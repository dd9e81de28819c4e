"""Kinds of instruments: who pays, whether it is money at the start, what it returns, its terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

InstrumentKind = Literal["grant", "equity", "loan", "royalty", "guarantee", "tax_credit"]


@dataclass(frozen=True)
class Kind:
    """What an instrument of a kind is."""

    paid_by: Literal["fund", "treasury", "nobody"]
    """Who pays it at the start: a guarantee is a promise, and pays nothing then."""
    terms: tuple[str, ...] = ()
    """Fields of an instrument that it uses, beside its largest share and mobilisation."""
    returns: str = ""
    """What comes back to who paid, in words; empty where nothing does."""
    is_by_output: bool = False
    """Whether that follows the project's output; otherwise it is the same for every project."""


INSTRUMENTS: Final[dict[InstrumentKind, Kind]] = {
    "grant": Kind("fund"),
    "equity": Kind("fund", ("dividend_rate", "grace_years", "tenor_years"), "dividends"),
    "loan": Kind("fund", ("interest_rate", "grace_years", "tenor_years"), "repayments"),
    "royalty": Kind(
        "fund",
        ("royalty_usd_per_t", "royalty_share", "tenor_years"),
        "royalties",
        is_by_output=True,
    ),
    "guarantee": Kind(
        "nobody",
        ("fee_rate", "loss_share", "provision_share", "grace_years", "tenor_years"),
        "fees",
    ),
    "tax_credit": Kind("treasury"),
}
PAID_BY_THE_FUND: Final = tuple(
    name for name, kind in INSTRUMENTS.items() if kind.paid_by == "fund"
)
"""Kinds that the fund pays in cash."""
PAID_BY_TREASURIES: Final = tuple(
    name for name, kind in INSTRUMENTS.items() if kind.paid_by == "treasury"
)
"""Kinds that cost a member's treasury, which forgoes taxes, and not the fund."""
PROMISED: Final = tuple(name for name, kind in INSTRUMENTS.items() if kind.paid_by == "nobody")
"""Kinds that are no capital: what they promise secures private money."""
BY_OUTPUT: Final = tuple(name for name, kind in INSTRUMENTS.items() if kind.is_by_output)
"""Kinds whose returns follow the project's output."""
USED_BY: Final[dict[str, tuple[InstrumentKind, ...]]] = {
    field: tuple(name for name, kind in INSTRUMENTS.items() if field in kind.terms)
    for field in dict.fromkeys(field for kind in INSTRUMENTS.values() for field in kind.terms)
}
"""Kinds that use a field, by field."""

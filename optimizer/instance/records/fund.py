"""The joint fund: members, contributions and what they are worth, committed outlays."""

from typing import Annotated, ClassVar

from pydantic import Field

from optimizer.instance.records.base import (
    CountryCode,
    Id,
    Musd,
    Row,
    Share,
    Text,
    Year,
)


class Member(Row):
    """A contributor to the fund."""

    table: ClassVar[str] = "members"

    id: Id
    name: Text = ""
    burden_share: Share
    """The member's part of the burden-sharing key; the parts sum to 1."""
    opening_cash_musd: Musd = 0.0
    """Unspent money before the first year."""
    countries: tuple[CountryCode, ...] = ()
    """Countries that it stands for: its treasury grants tax credits to projects there."""
    guarantee_headroom_musd: Musd | None = None
    """Largest amount that it may have guaranteed at any time; empty means unlimited."""


class Contribution(Row):
    """What a member pays into the fund in a year."""

    table: ClassVar[str] = "contributions"
    key: ClassVar[tuple[str, ...]] = ("member", "year")

    member: Id
    year: Year
    amount_musd: Musd | None = None
    """Amount in real USD; empty where the amount is given in the member's currency instead."""
    amount_million: Annotated[
        float | None, Field(ge=0, le=1e9, json_schema_extra={"unit": "million of the currency"})
    ] = None
    """Amount in the currency that the row names."""
    currency: Annotated[
        str, Field(pattern="^([A-Z]{3})?$", json_schema_extra={"unit": "ISO 4217"})
    ] = ""
    """ISO 4217 code of the amount's currency."""
    nominal: bool = False
    """Whether the amount is in money of its year; otherwise it is in prices of the base year."""


class ExchangeRate(Row):
    """What a currency is worth in a year, and how far prices have risen since the base year."""

    table: ClassVar[str] = "exchange_rates"
    key: ClassVar[tuple[str, ...]] = ("currency", "year")

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$", json_schema_extra={"unit": "ISO 4217"})]
    """ISO 4217 code."""
    year: Year
    usd_per_unit: Annotated[float, Field(gt=0, le=1e6, json_schema_extra={"unit": "USD per unit"})]
    price_level: Annotated[float, Field(gt=0, le=1e3, json_schema_extra={"unit": "factor"})] = 1.0
    """Price level of the year, the base year's being 1; it deflates nominal amounts."""


class Outlay(Row):
    """What a member's money must pay in a year for earlier commitments; it comes first."""

    table: ClassVar[str] = "outlays"
    key: ClassVar[tuple[str, ...]] = ("member", "year")

    member: Id
    year: Year
    amount_musd: Musd

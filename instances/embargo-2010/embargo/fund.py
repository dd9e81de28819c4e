"""A fund of the time: members, contributions, instruments, policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embargo.market import ZONES, member_totals

if TYPE_CHECKING:
    from builder.inputs import Inputs
    from builder.tables import Row

COUNTRIES = {"jpn": ("JPN",), "usa": ("USA",), "eu": ("FRA", "EST")}


def _key(inputs: Inputs) -> dict[str, float]:
    """Burden-sharing key: parts of the members' demand, rounded to 0.01."""
    totals = {zone: sum(wanted.values()) for zone, wanted in member_totals(inputs).items()}
    found = {zone: round(total / sum(totals.values()), 2) for zone, total in totals.items()}
    return found | {"jpn": round(1 - found["usa"] - found["eu"], 2)}


def members(inputs: Inputs) -> list[Row]:
    """Table members."""
    return [
        {
            "id": member,
            "name": ZONES[member],
            "burden_share": share,
            "countries": COUNTRIES[member],
            "guarantee_headroom_musd": inputs.number("fund.headroom") * share,
            "quality": "assumed",
            "note": "key: members' parts of demand",
        }
        for member, share in _key(inputs).items()
    ]


def contributions(inputs: Inputs) -> list[Row]:
    """Table contributions: equal yearly payments by the key."""
    return [
        {
            "member": member,
            "year": year,
            "amount_musd": inputs.number("fund.yearly") * share,
        }
        for member, share in _key(inputs).items()
        for year in inputs.years
        if year <= inputs.assumptions.year("fund.last_year")
    ]


def instruments(inputs: Inputs) -> list[Row]:
    """Table instruments."""
    grant: Row = {"id": "grant", "kind": "grant"}
    loan: Row = {"id": "loan", "kind": "loan"}
    guarantee: Row = {"id": "guarantee", "kind": "guarantee"}
    loan["interest_rate"] = inputs.number("loan.rate")
    guarantee["fee_rate"] = inputs.number("guarantee.fee")
    guarantee["provision_share"] = inputs.number("guarantee.provision")
    for row in (grant, loan, guarantee):
        row["largest_share"] = inputs.number(f"{row['id']}.share")
        row["mobilisation"] = inputs.number(f"{row['id']}.mobilisation")
    for row in (loan, guarantee):
        row["grace_years"] = inputs.assumptions.year(f"{row['id']}.grace")
        row["tenor_years"] = inputs.assumptions.year(f"{row['id']}.tenor")
    return [grant, loan, guarantee]


def policies(inputs: Inputs) -> list[Row]:
    """Table policies: money stays at home in part; nobody is left behind."""
    return [
        {
            "id": "money-outside",
            "kind": "money_share",
            "value": inputs.number("policy.outside"),
            "tag": "outside",
        },
        {
            "id": "fair",
            "kind": "fairness",
            "value": inputs.number("policy.fairness"),
            "first_year": inputs.assumptions.year("policy.from"),
        },
        {
            "id": "magnets-survive",
            "kind": "must_survive",
            "value": inputs.number("policy.survive"),
            "segment": "jpn-ndpr",
            "first_year": inputs.assumptions.year("policy.from"),
        },
    ]

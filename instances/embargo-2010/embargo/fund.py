"""A fund of the time: members, contributions, instruments, policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embargo.market import ZONES, member_totals
from embargo.own import OWN, YEARS

if TYPE_CHECKING:
    from optimizer.catalogue.drafting.basis import TableRow

COUNTRIES = {"jpn": ("JPN",), "usa": ("USA",), "eu": ("FRA", "EST")}


def _key() -> dict[str, float]:
    """Burden-sharing key: parts of the members' demand, rounded to 0.01."""
    totals = {zone: sum(wanted.values()) for zone, wanted in member_totals().items()}
    found = {zone: round(total / sum(totals.values()), 2) for zone, total in totals.items()}
    return found | {"jpn": round(1 - found["usa"] - found["eu"], 2)}


def members() -> list[TableRow]:
    """Table members."""
    return [
        {
            "id": member,
            "name": ZONES[member],
            "burden_share": share,
            "countries": COUNTRIES[member],
            "guarantee_headroom_musd": OWN["fund.headroom"] * share,
            "quality": "assumed",
            "note": "key: members' parts of demand",
        }
        for member, share in _key().items()
    ]


def contributions() -> list[TableRow]:
    """Table contributions: equal yearly payments by the key."""
    return [
        {
            "member": member,
            "year": year,
            "amount_musd": OWN["fund.yearly"] * share,
        }
        for member, share in _key().items()
        for year in YEARS
        if year <= OWN.whole("fund.last_year")
    ]


def instruments() -> list[TableRow]:
    """Table instruments."""
    grant: TableRow = {"id": "grant", "kind": "grant"}
    loan: TableRow = {"id": "loan", "kind": "loan"}
    guarantee: TableRow = {"id": "guarantee", "kind": "guarantee"}
    loan["interest_rate"] = OWN["loan.rate"]
    guarantee["fee_rate"] = OWN["guarantee.fee"]
    guarantee["provision_share"] = OWN["guarantee.provision"]
    for row in (grant, loan, guarantee):
        row["largest_share"] = OWN[f"{row['id']}.share"]
        row["mobilisation"] = OWN[f"{row['id']}.mobilisation"]
    for row in (loan, guarantee):
        row["grace_years"] = OWN.whole(f"{row['id']}.grace")
        row["tenor_years"] = OWN.whole(f"{row['id']}.tenor")
    return [grant, loan, guarantee]


def policies() -> list[TableRow]:
    """Table policies: money stays at home in part; nobody is left behind."""
    return [
        {
            "id": "money-outside",
            "kind": "money_share",
            "value": OWN["policy.outside"],
            "tag": "outside",
        },
        {
            "id": "fair",
            "kind": "fairness",
            "value": OWN["policy.fairness"],
            "first_year": OWN.whole("policy.from"),
        },
        {
            "id": "magnets-survive",
            "kind": "must_survive",
            "value": OWN["policy.survive"],
            "segment": "jpn-ndpr",
            "first_year": OWN.whole("policy.from"),
        },
    ]

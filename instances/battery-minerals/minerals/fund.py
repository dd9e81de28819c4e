"""Money: fifteen purses, terms of development banks, and what each purse is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minerals.own import OWN
from optimizer.catalogue.drafting.basis import graded, rounded

if TYPE_CHECKING:
    from optimizer.catalogue.drafting import Drafted

STATES = {
    "DEU": "Germany",
    "FRA": "France",
    "ITA": "Italy",
    "SWE": "Sweden",
    "FIN": "Finland",
    "EST": "Estonia",
}
"""Members of the pact inside the Union."""


def split_union(drafted: Drafted) -> None:
    """The Union's budget and its six members: parts of one share of the burden."""
    tables = drafted.tables
    whole = next(row for row in tables["members"] if row["id"] == "EU")
    parts = {name: OWN[f"fund.part_{name.lower()}"] for name in STATES}
    shares = {name: round(whole["burden_share"] * part, 6) for name, part in parts.items()}
    whole["name"] = "European Union (budget)"
    whole["burden_share"] = round(whole["burden_share"] - sum(shares.values()), 6)
    whole["countries"] = tuple(code for code in whole["countries"] if code not in STATES)
    tables["members"] += [
        {"id": name, "name": STATES[name], "burden_share": share, "countries": (name,)}
        | OWN.given(f"fund.part_{name.lower()}")
        for name, share in shares.items()
    ]
    for row in tables["members"]:
        row["opening_cash_musd"] = rounded(row["burden_share"] * OWN["fund.paid_in"], 5)
    years = sorted({row["year"] for row in tables["contributions"]})
    tables["contributions"] = [
        {"member": row["id"], "year": year}
        | {"amount_musd": rounded(row["burden_share"] * drafted.basis.request.yearly_musd, 5)}
        | graded("assumed", "the yearly fund by the key")
        for row in tables["members"]
        for year in years
    ]


def set_terms(drafted: Drafted) -> None:
    """What development banks draw in, and what a guarantee of theirs covers."""
    for row in drafted.tables["instruments"]:
        own = f"fund.{row['id']}_mobilisation"
        row["mobilisation"] = OWN[own]
        row["note"] = f"{row['note']}; mobilisation: {OWN.rows[own].reason}"
        if row["id"] == "guarantee":
            row["largest_share"] = OWN["fund.guarantee_share"]
            row |= OWN.given("fund.guarantee_share")


def set_mandates(drafted: Drafted) -> None:
    """What the money of a member may or must be used for: shares of its budget."""
    rows = (
        ("usa-inside", "USA", "most", "inside", "", "mandate.usa_inside"),
        ("usa-other-hosts", "USA", "most", "bloc", "other", "mandate.usa_others"),
        ("union-at-home", "EU", "least", "bloc", "union", "mandate.union"),
        ("japan-grants", "JPN", "most", "instrument", "grant", "mandate.japan_grants"),
        ("canada-at-home", "CAN", "least", "country", "CAN", "mandate.canada"),
        ("germany-grants", "DEU", "most", "instrument", "grant", "mandate.germany_grants"),
    )
    drafted.tables["policies"] += [
        {"id": name, "kind": "money_share", "sense": sense, "member": member}
        | {"value": OWN[own], "tag": tag, "tag_value": value}
        | OWN.given(own)
        for name, member, sense, tag, value, own in rows
    ]

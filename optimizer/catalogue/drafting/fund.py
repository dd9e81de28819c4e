"""Members, what they pay, the instruments, and the fund's policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.catalogue.drafting.basis import Basis, TableRow, graded, rounded, sources
from optimizer.catalogue.drafting.outlook import demand_of, output, price

if TYPE_CHECKING:
    import pandas as pd

FIRM = ("agreed", "conditional")
PERCENT = 100.0


def burdens(basis: Basis) -> dict[str, float]:
    """Members' parts of the key: of the value of demand in the first year."""
    first = basis.request.first_year
    value = {
        ally.id: sum(
            demand_of(basis, chain, ally, first).value * price(basis, chain).value
            for chain in basis.chains
        )
        for ally in basis.allies
    }
    total = sum(value.values())
    shares = {name: round(part / total, 4) for name, part in value.items()}
    largest = max(shares, key=lambda name: shares[name])
    shares[largest] = round(1 - sum(shares.values()) + shares[largest], 4)
    return shares


def members(basis: Basis) -> list[TableRow]:
    """Table members."""
    shares = burdens(basis)
    return [
        {"id": ally.id, "name": ally.name, "burden_share": shares[ally.id]}
        | {"countries": ally.countries}
        | graded("assumed", "key: share of the value of members' demand in the first year")
        for ally in basis.allies
    ]


def contributions(basis: Basis) -> list[TableRow]:
    """Table contributions: the yearly fund by the key, for as long as pledges last."""
    last = basis.request.first_year + basis.assumed.whole("money.contribution_years") - 1
    return [
        {"member": name, "year": year}
        | {"amount_musd": rounded(share * basis.request.yearly_musd, 5)}
        | graded("assumed", "as asked for, by the key")
        for name, share in burdens(basis).items()
        for year in basis.years
        if year <= last
    ]


def printed_share(basis: Basis, kind: str) -> tuple[float, str, str]:
    """Median printed share of building cost of firm deals, its sources and how it came about."""
    rows = firm(basis, kind)
    rows = rows[rows["share_of_capex_pct"].notna() & (rows["share_of_capex_pct"] <= PERCENT)]
    if not len(rows):
        return basis.assumed[f"fund.{kind}_share"], "", "assumed share"
    share = float(rows["share_of_capex_pct"].quantile(0.75)) / PERCENT
    told = f"largest share: upper quartile of {len(rows)} firm deals"
    return round(share, 3), sources(rows["source"]), told


def firm(basis: Basis, kind: str) -> pd.DataFrame:
    """Deals of an instrument that are agreed, with or without conditions."""
    rows = basis.catalogue.instruments
    return rows[(rows["instrument"] == kind) & rows["status"].isin(FIRM)]


def instruments(basis: Basis) -> list[TableRow]:
    """Table instruments."""
    assumed = basis.assumed
    tenors = firm(basis, "loan")["tenor_years"].dropna()
    tenor = round(float(tenors.median())) if len(tenors) else assumed.whole("fund.loan_tenor")
    grace = assumed.whole("fund.grace_years")
    terms: dict[str, TableRow] = {
        "grant": {},
        "loan": {
            "interest_rate": assumed["fund.loan_rate"],
            "grace_years": grace,
            "tenor_years": max(1, tenor - grace),
        },
        "equity": {
            "dividend_rate": assumed["fund.dividend_rate"],
            "grace_years": grace,
            "tenor_years": assumed.whole("fund.equity_tenor"),
        },
        "guarantee": {
            "fee_rate": assumed["fund.guarantee_fee"],
            "grace_years": grace,
            "tenor_years": assumed.whole("fund.loan_tenor"),
            "loss_share": assumed["fund.guarantee_loss_share"],
            "provision_share": assumed["fund.guarantee_provision"],
        },
    }
    rows = []
    for kind, its in terms.items():
        share, where, told = printed_share(basis, kind)
        rows.append(
            {"id": kind, "kind": kind, "largest_share": share}
            | {"mobilisation": assumed[f"fund.{kind}_mobilisation"]}
            | its
            | graded("assumed", f"{told}; the other terms are assumed", where)
        )
    return rows


def policies(basis: Basis) -> list[TableRow]:
    """Table policies: a wished cap on the largest third country's refining, and a least score."""
    rows: list[TableRow] = []
    year = max(basis.request.first_year, basis.assumed.whole("policy.country_share_year"))
    for chain in basis.chains:
        made = output(basis, chain, "processing", basis.request.first_year)
        third = {name: figure.value for name, figure in made.items() if name not in basis.allied}
        largest = max(sorted(third), key=lambda name: third[name], default="")
        if not largest or year > basis.request.last_year:
            continue
        rows.append(
            {"id": f"{largest.lower()}-{chain.id}-processing", "kind": "country_share"}
            | {"sense": "most", "value": basis.assumed["policy.country_share"]}
            | {"first_year": year, "hard": False, "element": chain.id, "stage": "processing"}
            | {"country": largest}
            | {
                "penalty_usd_per_t": rounded(
                    basis.assumed["policy.penalty_share"] * price(basis, chain).value
                )
            }
            | graded("assumed", "Critical Raw Materials Act, article 5; the penalty is ours")
        )
    rows.append(
        {"id": "least-governance", "kind": "esg_floor", "sense": "least", "score": "g"}
        | {"value": basis.assumed["policy.least_g_score"]}
        | graded("assumed", "a floor to be set by the fund")
    )
    return rows

"""The fund: members, contributions, instruments and policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.catalogue.drafting.basis import row_of
from quad.inputs import MEMBERS

if TYPE_CHECKING:
    from optimizer.catalogue.drafting.basis import TableRow
    from quad.inputs import Inputs

NAMES = {"usa": "United States", "jpn": "Japan", "aus": "Australia", "ind": "India"}
CREDITING = ("usa",)
"""Members whose treasury gives tax credits on building cost."""
CREDIT = "I072"
"""The printed tax credit, of the table instruments."""
OWNERS = ("Vulcan Elements", "MP Materials", "Arafura Rare Earths", "Energy Fuels")


def members(inputs: Inputs) -> list[TableRow]:
    """Table members: the burden-sharing key equals the shares of contribution."""
    paid = {member: inputs.own[f"fund.{member}.contribution"] for member in MEMBERS}
    whole = sum(paid.values())
    return [
        {
            "id": member,
            "name": NAMES[member],
            "burden_share": round(amount / whole, 4),
            "countries": (MEMBERS[member],) if member in CREDITING else None,
            "note": "share of contributions",
        }
        for member, amount in paid.items()
    ]


def contributions(inputs: Inputs) -> list[TableRow]:
    """Table contributions: equal yearly payments."""
    return [
        {
            "member": member,
            "year": year,
            "amount_musd": inputs.own[f"fund.{member}.contribution"],
        }
        for member in MEMBERS
        for year in inputs.years
        if year <= inputs.own["fund.last_year"]
    ]


def instruments(inputs: Inputs) -> list[TableRow]:
    """Table instruments: shares from quartiles of printed deals, terms from single contracts."""
    rows: list[TableRow] = []
    for kind in ("grant", "equity", "loan"):
        rows.append(
            {
                "id": kind,
                "kind": kind,
                "largest_share": inputs.own[f"instrument.{kind}.share"],
                "mobilisation": inputs.own[f"instrument.{kind}.mobilisation"],
                "note": "share: upper quartile of the catalogue's deals; the rest assumed",
            }
        )
    for row, kind in zip(rows[1:], ("equity", "loan"), strict=True):
        row["grace_years"] = inputs.own.whole(f"instrument.{kind}.grace")
        row["tenor_years"] = inputs.own.whole(f"instrument.{kind}.tenor")
    rows[1]["dividend_rate"] = inputs.own["instrument.equity.dividend"]
    rows[2]["interest_rate"] = inputs.own["instrument.loan.rate"]
    return [*rows, guarantee(inputs), tax_credit(inputs)]


def guarantee(inputs: Inputs) -> TableRow:
    """A guarantee of bank debt, as export credit agencies give; no terms are printed."""
    terms = ("mobilisation", "fee_rate", "loss_share", "provision_share")
    row: TableRow = {"id": "guarantee", "kind": "guarantee"}
    row |= {"largest_share": inputs.own["instrument.guarantee.share"]}
    row |= {term: inputs.own[f"instrument.guarantee.{term}"] for term in terms}
    row |= {
        f"{term}_years": inputs.own.whole(f"instrument.guarantee.{term}")
        for term in ("grace", "tenor")
    }
    return row | {"note": "the kind is printed for Nolans (Euler Hermes), its terms are assumed"}


def tax_credit(inputs: Inputs) -> TableRow:
    """The investment tax credit of the United States, at the share of its one printed award."""
    printed = row_of(inputs.catalogue, "instruments", id=CREDIT)
    return {
        "id": "tax-credit",
        "kind": "tax_credit",
        "largest_share": printed["share_of_capex_pct"] / 100,
        "source": printed["source"],
        "quality": "derived",
        "note": "48C award of E-VAC over its building cost",
    }


def _glide(inputs: Inputs, name: str, first_year: int, penalty: str) -> TableRow:
    return {
        "value": inputs.own[f"{name}.value"],
        "final_value": inputs.own[f"{name}.final"],
        "glide_until": inputs.own.whole("policy.china.glide_until"),
        "first_year": first_year,
        "hard": False,
        "penalty_usd_per_t": inputs.own[penalty],
    }


def supply_policies(inputs: Inputs) -> list[TableRow]:
    """Rule 17: caps on China by stage, floors for metal made by members and for recycling."""
    first = inputs.own.whole("policy.china.first_year")
    rows: list[TableRow] = [
        {"id": f"china-{stage}", "kind": "country_share", "sense": "most"}
        | _glide(inputs, f"policy.china_{stage}", first, "policy.china.penalty")
        | {"element": "NdPr", "stage": stage, "country": "CHN"}
        for stage in ("processing", "metal", "manufacturing")
    ]
    later = inputs.own.whole("policy.stage.first_year")
    quad = _glide(inputs, "policy.quad_metal", later, "policy.quad_metal.penalty")
    scrap = _glide(inputs, "policy.recycling", later, "policy.recycling.penalty")
    rows.append(
        {"id": "quad-metal", "kind": "stage_share", "sense": "least"}
        | quad
        | {"tag": "bloc", "tag_value": "quad", "element": "NdPr", "stage": "metal"}
    )
    rows.append(
        {"id": "recycling", "kind": "stage_share", "sense": "least"}
        | scrap
        | {"element": "NdPr", "stage": "scrap"}
    )
    return rows


def money_policies(inputs: Inputs) -> list[TableRow]:
    """Rules 5 and 7: how much of the money may or must go where."""

    def row(name: str, sense: str, value: str, tag: str, tag_value: str = "") -> TableRow:
        return {
            "id": name,
            "kind": "money_share",
            "sense": sense,
            "value": inputs.own[value],
            "hard": True,
            "tag": tag,
            "tag_value": tag_value,
        }

    threshold = inputs.own["policy.weak_governance.threshold"]
    rows = [
        row(
            "weak-governance",
            "most",
            "policy.weak_governance.share",
            "governance_below",
            f"{threshold:g}",
        ),
        row("outside", "most", "policy.outside.share", "outside"),
        row("grants", "most", "policy.grants.share", "instrument", "grant"),
    ]
    for owner in OWNERS:
        name = f"owner-{owner.lower().replace(' ', '-')}"
        rows.append(row(name, "most", "policy.owner.share", "owner", owner))
    for member in ("usa", "aus", "ind"):
        home = row(f"home-{member}", "least", f"policy.home_{member}.share", "country")
        rows.append(home | {"tag_value": MEMBERS[member], "member": member})
    japan = row("japan-processing", "least", "policy.japan_processing.share", "stage", "processing")
    rows.append(japan | {"member": "jpn"})
    return rows


def project_policies(inputs: Inputs) -> list[TableRow]:
    """Rules 7 and 8: numbers and scores of projects."""
    return [
        {
            "id": "few-abroad",
            "kind": "project_count",
            "sense": "most",
            "value": inputs.own["policy.outside_count.most"],
            "hard": True,
            "tag": "outside",
        },
        {
            "id": "governance-floor",
            "kind": "esg_floor",
            "sense": "least",
            "value": inputs.own["policy.esg_floor.g"],
            "hard": True,
            "score": "g",
        },
        {
            "id": "environment",
            "kind": "esg_shortfall",
            "sense": "most",
            "value": inputs.own["policy.esg_shortfall.value"],
            "hard": True,
            "score": "e",
            "target": inputs.own["policy.esg_shortfall.target"],
        },
    ]


def policies(inputs: Inputs) -> list[TableRow]:
    """Table policies."""
    return supply_policies(inputs) + money_policies(inputs) + project_policies(inputs)

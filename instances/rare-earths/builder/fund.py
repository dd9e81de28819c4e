"""The fund: members, contributions, instruments and policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from builder.inputs import MEMBERS

if TYPE_CHECKING:
    from builder.inputs import Inputs
    from builder.tables import Row

NAMES = {"usa": "United States", "jpn": "Japan", "aus": "Australia", "ind": "India"}
CREDITING = ("usa",)
"""Members whose treasury gives tax credits on building cost."""
CREDIT = "I072"
"""The printed tax credit, of the table instruments."""
OWNERS = ("Vulcan Elements", "MP Materials", "Arafura Rare Earths", "Energy Fuels")


def members(inputs: Inputs) -> list[Row]:
    """Table members: the burden-sharing key equals the shares of contribution."""
    paid = {member: inputs.number(f"fund.{member}.contribution") for member in MEMBERS}
    whole = sum(paid.values())
    return [
        {
            "id": member,
            "name": NAMES[member],
            "burden_share": round(amount / whole, 4),
            "countries": MEMBERS[member] if member in CREDITING else None,
            "note": "share of contributions",
        }
        for member, amount in paid.items()
    ]


def contributions(inputs: Inputs) -> list[Row]:
    """Table contributions: equal yearly payments."""
    return [
        {
            "member": member,
            "year": year,
            "amount_musd": inputs.number(f"fund.{member}.contribution"),
        }
        for member in MEMBERS
        for year in inputs.years
        if year <= inputs.number("fund.last_year")
    ]


def instruments(inputs: Inputs) -> list[Row]:
    """Table instruments: shares from quartiles of printed deals, terms from single contracts."""
    rows: list[Row] = []
    for kind in ("grant", "equity", "loan"):
        rows.append(
            {
                "id": kind,
                "kind": kind,
                "largest_share": inputs.number(f"instrument.{kind}.share"),
                "mobilisation": inputs.number(f"instrument.{kind}.mobilisation"),
                "note": "share: upper quartile of the catalogue's deals; the rest assumed",
            }
        )
    for row, kind in zip(rows[1:], ("equity", "loan"), strict=True):
        row["grace_years"] = inputs.assumptions.year(f"instrument.{kind}.grace")
        row["tenor_years"] = inputs.assumptions.year(f"instrument.{kind}.tenor")
    rows[1]["dividend_rate"] = inputs.number("instrument.equity.dividend")
    rows[2]["interest_rate"] = inputs.number("instrument.loan.rate")
    return [*rows, guarantee(inputs), tax_credit(inputs)]


def guarantee(inputs: Inputs) -> Row:
    """A guarantee of bank debt, as export credit agencies give; no terms are printed."""
    terms = ("mobilisation", "fee_rate", "loss_share", "provision_share")
    row: Row = {"id": "guarantee", "kind": "guarantee"}
    row |= {"largest_share": inputs.number("instrument.guarantee.share")}
    row |= {term: inputs.number(f"instrument.guarantee.{term}") for term in terms}
    row |= {
        f"{term}_years": inputs.assumptions.year(f"instrument.guarantee.{term}")
        for term in ("grace", "tenor")
    }
    return row | {"note": "the kind is printed for Nolans (Euler Hermes), its terms are assumed"}


def tax_credit(inputs: Inputs) -> Row:
    """The investment tax credit of the United States, at the share of its one printed award."""
    printed = next(row for row in inputs.table("instruments") if row["id"] == CREDIT)
    return {
        "id": "tax-credit",
        "kind": "tax_credit",
        "largest_share": float(printed["share_of_capex_pct"]) / 100,
        "source": printed["source"],
        "quality": "derived",
        "note": "48C award of E-VAC over its building cost",
    }


def _glide(inputs: Inputs, name: str, first_year: int, penalty: str) -> Row:
    return {
        "value": inputs.number(f"{name}.value"),
        "final_value": inputs.number(f"{name}.final"),
        "glide_until": inputs.assumptions.year("policy.china.glide_until"),
        "first_year": first_year,
        "hard": False,
        "penalty_usd_per_t": inputs.number(penalty),
    }


def supply_policies(inputs: Inputs) -> list[Row]:
    """Rule 17: caps on China by stage, floors for metal made by members and for recycling."""
    first = inputs.assumptions.year("policy.china.first_year")
    rows: list[Row] = [
        {"id": f"china-{stage}", "kind": "country_share", "sense": "most"}
        | _glide(inputs, f"policy.china_{stage}", first, "policy.china.penalty")
        | {"element": "NdPr", "stage": stage, "country": "CHN"}
        for stage in ("processing", "metal", "manufacturing")
    ]
    later = inputs.assumptions.year("policy.stage.first_year")
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


def money_policies(inputs: Inputs) -> list[Row]:
    """Rules 5 and 7: how much of the money may or must go where."""

    def row(name: str, sense: str, value: str, tag: str, tag_value: object = "") -> Row:
        return {
            "id": name,
            "kind": "money_share",
            "sense": sense,
            "value": inputs.number(value),
            "hard": True,
            "tag": tag,
            "tag_value": tag_value,
        }

    threshold = inputs.number("policy.weak_governance.threshold")
    rows = [
        row(
            "weak-governance", "most", "policy.weak_governance.share", "governance_below", threshold
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


def project_policies(inputs: Inputs) -> list[Row]:
    """Rules 7 and 8: numbers and scores of projects."""
    return [
        {
            "id": "few-abroad",
            "kind": "project_count",
            "sense": "most",
            "value": inputs.number("policy.outside_count.most"),
            "hard": True,
            "tag": "outside",
        },
        {
            "id": "governance-floor",
            "kind": "esg_floor",
            "sense": "least",
            "value": inputs.number("policy.esg_floor.g"),
            "hard": True,
            "score": "g",
        },
        {
            "id": "environment",
            "kind": "esg_shortfall",
            "sense": "most",
            "value": inputs.number("policy.esg_shortfall.value"),
            "hard": True,
            "score": "e",
            "target": inputs.number("policy.esg_shortfall.target"),
        },
    ]


def policies(inputs: Inputs) -> list[Row]:
    """Table policies."""
    return supply_policies(inputs) + money_policies(inputs) + project_policies(inputs)

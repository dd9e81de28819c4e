"""Terms: two treasuries, their instruments and contracts, and the rules that they set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimizer.catalogue.drafting.basis import graded, rounded
from optimizer.catalogue.drafting.chains import OXIDE_OF_NDPR
from pact.own import CHAIN, MUSD, OWN

if TYPE_CHECKING:
    from optimizer.catalogue.drafting import Drafted

NAMES = {"USA": "United States", "AUS": "Australia"}
FLOORED = ("p012-nolans", "p045-dubbo")
"""Mines that make oxide: lenders ask who pays when the price falls."""

LETTERS = ("p012-nolans", "p044-goschen")
"""Letters of interest of the American export credit bank that followed the framework of 2025."""

PUBLIC = ("grant", "equity", "loan", "guarantee")


def set_money(drafted: Drafted) -> None:
    """Two members that pay in their own money of the year."""
    tables, years = drafted.tables, drafted.basis.years
    rate = OWN["fund.usd_per_aud"]
    dollars = {"USA": OWN["fund.usa_musd"], "AUS": rate * OWN["fund.aus_maud"]}
    share = rounded(dollars["USA"] / sum(dollars.values()), 4)
    tables["members"] = [
        {"id": name, "name": NAMES[name], "countries": (name,), "burden_share": part}
        | {"guarantee_headroom_musd": OWN[f"fund.guarantee_headroom_{name.lower()}"]}
        | graded("assumed", "key: share of what the two pay")
        for name, part in (("USA", share), ("AUS", round(1 - share, 4)))
    ]
    last = years[0] + drafted.basis.assumed.whole("money.contribution_years") - 1
    paid = {"USA": ("fund.usa_musd", "USD"), "AUS": ("fund.aus_maud", "AUD")}
    paying = range(years[0], last + 1)
    tables["contributions"] = [
        {"member": name, "year": year, "amount_million": OWN[own], "currency": currency}
        | {"nominal": True}
        | OWN.given(own)
        for name, (own, currency) in paid.items()
        for year in paying
    ]
    tables["exchange_rates"] = [
        {"currency": currency, "year": year, "usd_per_unit": worth}
        | {"price_level": rounded((1 + OWN["fund.inflation"]) ** (year - years[0]))}
        | OWN.given("fund.inflation")
        for currency, worth in (("USD", 1.0), ("AUD", rate))
        for year in paying
    ]


def australian_credit(drafted: Drafted) -> float:
    """What the production incentive is worth at Nolans, as a share of its building cost."""
    by_id = {row["id"]: row for row in drafted.tables["projects"]}
    opex = {row["project"]: row["opex_usd_per_t"] for row in drafted.tables["recipes"]}
    plant = by_id["p012-nolans"]
    yearly = opex[plant["id"]] * plant["capacity_t_per_year"] / MUSD * OWN["fund.credit_aus_share"]
    rate, years = drafted.basis.assumed["money.discount_rate"], OWN.whole("fund.credit_aus_years")
    begin = plant["build_years"]
    worth = sum(yearly / (1 + rate) ** (begin + age) for age in range(years))
    return float(round(worth / plant["capex_musd"], 3))


def set_instruments(drafted: Drafted) -> None:
    """Loans as of export credit agencies, guarantees, and the tax credits of each treasury."""
    rows = drafted.tables["instruments"]
    by_id = {row["id"]: row for row in rows}
    by_id["loan"] |= {"largest_share": OWN["fund.loan_share"]}
    by_id["grant"] |= {"largest_share": OWN["fund.grant_share"]}
    by_id["guarantee"] |= {"largest_share": OWN["fund.guarantee_share"]}
    for name in ("loan", "grant", "guarantee"):
        by_id[name] |= OWN.given(f"fund.{name}_share")
    credits = {"credit-usa": (OWN["fund.credit_usa"], "fund.credit_usa")}
    credits["credit-aus"] = (australian_credit(drafted), "fund.credit_aus_share")
    rows += [
        {"id": name, "kind": "tax_credit", "largest_share": share} | OWN.given(own)
        for name, (share, own) in credits.items()
    ]
    for row in drafted.tables["projects"]:
        if row["status"] == "candidate":
            row["instruments"] = admitted(row)
            row["strategic_value"] = OWN["step.letter"] if row["id"] in LETTERS else 0.0
            row.setdefault("latest_start", OWN.whole("fund.last_start"))


def admitted(row: dict[str, Any]) -> tuple[str, ...]:
    """Instruments that a candidate may have: tax credits are for making oxide, metal, magnets."""
    makes = row["main_material"] != f"{CHAIN}-raw" and row["kind"] != "stockpile"
    return (*PUBLIC, f"credit-{row['country'].lower()}") if makes else PUBLIC


def add_floors(drafted: Drafted) -> None:
    """A floor that pays the cash cost and the debt of a mine that makes oxide."""
    opex = {row["project"]: row["opex_usd_per_t"] for row in drafted.tables["recipes"]}
    rate, years = drafted.basis.assumed["money.discount_rate"], OWN.whole("floor.debt_years")
    annuity = rate / (1 - (1 + rate) ** -years)
    for row in drafted.tables["projects"]:
        if row["id"] not in FLOORED:
            continue
        row |= {"bankable": False, "open_share": OWN["plant.open_share"]}
        debt = OWN["floor.debt_share"] * row["capex_musd"] * MUSD * annuity
        level = opex[row["id"]] + debt / row["capacity_t_per_year"]
        drafted.tables["contracts"].append(
            {"id": f"floor-{row['id'].split('-')[1]}", "project": row["id"]}
            | {"kind": "price_floor", "tenor_years": OWN.whole("floor.tenor")}
            | {"price_usd_per_t": rounded(level, 4), "upside_share": OWN["floor.upside"]}
            | {"bankable": True}
            | graded(
                "assumed",
                f"cash cost and level debt service of {OWN['floor.debt_share']:g} of building cost "
                f"over {years} years: {level / OXIDE_OF_NDPR / 1e3:.0f} USD/kg of oxide",
                OWN.rows["floor.tenor"].source,
            )
        )


def set_policies(drafted: Drafted, *, steps: bool) -> None:
    """Trust, the bound on the worst tenth, mandates, and the step after the objective."""
    rows = [row for row in drafted.tables["policies"] if row["kind"] != "country_share"]
    drafted.tables["policies"] = rows
    rows.append(
        {"id": "trusted", "kind": "untrusted_share", "sense": "most", "hard": False}
        | {"element": CHAIN, "stage": "processing", "first_year": 2027}
        | {"value": OWN["policy.untrusted_first"], "final_value": OWN["policy.untrusted_last"]}
        | {
            "glide_until": OWN.whole("policy.untrusted_year"),
            "penalty_usd_per_t": OWN["policy.untrusted_penalty"],
        }
        | OWN.given("policy.untrusted_last")
    )
    rows.append(
        {"id": "worst-tenth", "kind": "criterion_bound", "criterion": "tail_shortage"}
        | {"sense": "most", "value": OWN["policy.tail_musd"]}
        | OWN.given("policy.tail_musd")
    )
    rows += [
        {"id": f"{payer.lower()}-in-{host.lower()}", "kind": "money_share", "sense": "least"}
        | {"member": payer, "tag": "country", "tag_value": host, "value": OWN["fund.mandate"]}
        | OWN.given("fund.mandate")
        for payer, host in (("USA", "AUS"), ("AUS", "USA"))
    ]
    if steps:
        drafted.tables["steps"] = [
            {"step": 2, "criterion": "strategic_value", "sense": "maximise"}
            | {"tolerance_share": OWN["step.tolerance"]}
            | OWN.given("step.tolerance")
        ]

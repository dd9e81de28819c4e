"""Terms: who pays in which money, what must come back, and the Union's benchmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crma.own import OWN
from optimizer import crma_benchmarks
from optimizer.catalogue.drafting.basis import graded, rounded
from optimizer.catalogue.drafting.outlook import price

if TYPE_CHECKING:
    from optimizer.catalogue.drafting import Drafted

STATES = ("DEU", "FRA")
"""Members beside the Union's own budget."""


def set_money(drafted: Drafted) -> None:
    """Three members that pay in euro of the year: the Union's budget, Germany, France."""
    tables, years = drafted.tables, drafted.basis.years
    pays = {name: OWN[f"fund.{name.lower()}_meur"] for name in ("EU", *STATES)}
    names = {"EU": "European Union (budget)", "DEU": "Germany", "FRA": "France"}
    others = tuple(code for code in drafted.basis.allied if code not in STATES)
    tables["members"] = [
        {"id": name, "name": names[name], "burden_share": rounded(paid / sum(pays.values()))}
        | {"countries": others if name == "EU" else (name,)}
        | graded("assumed", "key: share of what the three pay")
        for name, paid in pays.items()
    ]
    shares = [row["burden_share"] for row in tables["members"]]
    tables["members"][0]["burden_share"] = round(1 - sum(shares[1:]), 9)
    last = years[0] + drafted.basis.assumed.whole("money.contribution_years") - 1
    tables["contributions"] = [
        {"member": name, "year": year, "amount_million": paid, "currency": "EUR", "nominal": True}
        | OWN.given(f"fund.{name.lower()}_meur")
        for name, paid in pays.items()
        for year in range(years[0], last + 1)
    ]
    tables["exchange_rates"] = [
        {"currency": "EUR", "year": year, "usd_per_unit": OWN["fund.usd_per_eur"]}
        | {"price_level": rounded((1 + OWN["fund.inflation"]) ** (year - years[0]))}
        | OWN.given("fund.inflation")
        for year in range(years[0], last + 1)
    ]


def ask_for_returns(drafted: Drafted) -> None:
    """What Germany and France pay must come back to their firms."""
    for row in drafted.tables["projects"]:
        if row["status"] != "candidate":
            continue
        parts = {"EU": OWN["return.union"]} | dict.fromkeys(STATES, OWN["return.neighbour"])
        parts[row["country"] if row["country"] in STATES else "EU"] = OWN["return.home"]
        drafted.tables["benefits"] += [
            {"project": row["id"], "member": name, "share": rounded(share)}
            | OWN.given("return.home")
            for name, share in parts.items()
        ]
    drafted.tables["policies"] += [
        {"id": f"return-{name.lower()}", "kind": "juste_retour", "sense": "least"}
        | {"member": name, "value": OWN["return.value"]}
        | OWN.given("return.value")
        for name in STATES
    ]


def set_policies(drafted: Drafted, *, benchmarks: bool) -> None:
    """The benchmarks of the regulation for each metal, a wished HHI, a limit on poor scores.

    Left out: the recycling of graphite, for which the catalogue has no plant.
    """
    rows = [row for row in drafted.tables["policies"] if row["kind"] != "country_share"]
    drafted.tables["policies"] = rows
    rows.append(
        {"id": "social-shortfall", "kind": "esg_shortfall", "score": "s"}
        | {"target": OWN["esg.target"], "value": OWN["esg.value"]}
        | OWN.given("esg.value")
    )
    if not benchmarks:
        return
    graphite = price(drafted.basis, drafted.chain("graphite")).value
    rows.append(
        {"id": "hhi-graphite", "kind": "hhi_cap", "element": "graphite", "stage": "processing"}
        | {"value": OWN["hhi.cap"], "first_year": 2031, "hard": False}
        | {"penalty_usd_per_t": rounded(OWN["crma.penalty_share"] * graphite)}
        | OWN.given("hhi.cap")
    )
    known = {row["id"] for row in rows}
    plain = drafted.instance()
    for chain in drafted.basis.chains:
        penalty = rounded(OWN["crma.penalty_share"] * price(drafted.basis, chain).value)
        for policy in crma_benchmarks(plain, [chain.id], penalty).policies:
            if policy.id not in known and policy.id != "crma.graphite.scrap":
                told = "Regulation (EU) 2024/1252, article 5(1), recalled; the penalty is ours"
                rows.append(policy.model_dump() | graded("assumed", told))

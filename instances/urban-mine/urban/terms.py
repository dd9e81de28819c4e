"""Terms: the benchmarks of recycling, a bound on what the fund costs, and the second step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.catalogue.drafting.basis import graded, rounded
from optimizer.catalogue.drafting.outlook import price
from urban.own import EARTHS, OWN

if TYPE_CHECKING:
    from optimizer.catalogue.drafting import Drafted

WANTED = {"EU": (EARTHS, "lithium", "cobalt"), "JPN": (EARTHS, "cobalt")}


def set_benchmarks(drafted: Drafted) -> None:
    """Capacity for recycling of each member, as a share of its own use."""
    tables = drafted.tables
    segment = {row["id"]: row for row in tables["segments"]}
    for zone, metals in WANTED.items():
        own = "crma.value" if zone == "EU" else "japan.value"
        first = 2030 if zone == "EU" else OWN.whole("japan.first_year")
        for metal in metals:
            wanted = {"all": 0.0, zone: 0.0}
            for row in tables["demand"]:
                at = segment[row["segment"]]
                if row["year"] == first and at["material"] == metal:
                    wanted["all"] += row["demand_t_per_year"]
                    wanted[zone] += row["demand_t_per_year"] * (at["zone"] == zone)
            value = rounded(OWN[own] * wanted[zone] / wanted["all"], 4)
            penalty = OWN["crma.penalty_share"] * price(drafted.basis, drafted.chain(metal)).value
            told = f"{OWN.rows[own].reason}; as a share of the use of both members"
            tables["policies"].append(
                {"id": f"recycling-{zone.lower()}-{metal}", "kind": "stage_share", "sense": "least"}
                | {"value": value, "first_year": first, "hard": False, "stage": "scrap"}
                | {"element": metal, "penalty_usd_per_t": rounded(penalty)}
                | {"tag": "bloc", "tag_value": zone}
                | graded("assumed", told)
            )


def bound_cost(drafted: Drafted) -> None:
    """What the fund may cost in the end, whatever it builds."""
    drafted.tables["policies"].append(
        {"id": "cost-of-the-fund", "kind": "criterion_bound", "criterion": "fund_cost"}
        | {"sense": "most", "value": OWN["bound.fund_musd"]}
        | OWN.given("bound.fund_musd")
    )


def add_step(drafted: Drafted) -> None:
    """Among plans of nearly the same cost, the one of least emissions; going without is no way."""
    drafted.tables["steps"] += [
        {"step": 2, "criterion": criterion, "weight": weight}
        | {"tolerance_share": OWN["step.tolerance"]}
        | OWN.given("step.tolerance")
        for criterion, weight in (("carbon", 1.0), ("expected_shortage", OWN["step.shortage"]))
    ]


def close_windows(drafted: Drafted) -> None:
    """The last year in which a candidate can be started."""
    for row in drafted.tables["projects"]:
        if row["status"] == "candidate":
            row["latest_start"] = OWN.whole("plant.latest_start")

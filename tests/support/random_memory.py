"""What carries one year into the next, and what contracts do, for random instances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.factories import project

if TYPE_CHECKING:
    from random import Random

    from optimizer.instance.records import Scenario
    from tests.support.factories import Plant

FIRST = 2030


def random_memory(
    random: Random, plants: list[Plant], scenarios: list[Scenario], years: range
) -> dict[str, Any]:
    """In a third of the instances each: a stockpile, scrap that comes back, a late plant."""
    tables: dict[str, Any] = {}
    if random.random() < 0.33:
        plants.append(_reserve(random, settled=len(plants) > 3 or random.random() < 0.3))
        tables["stockpiles"] = [
            {
                "project": "reserve",
                "material": random.choice(["oxide", "ore"]),
                "opening_t": 150.0 if plants[-1].project.status == "operating" else 0.0,
                "loss_share": random.choice([0.0, 0.1]),
                "rotation_share": random.choice([0.0, 0.2]),
                "holding_cost_usd_per_t": random.choice([0.0, 1000.0]),
                "understock_cost_usd_per_t": random.choice([0.0, 60_000.0]),
                "largest_release_t_per_year": random.choice([None, 100.0]),
                "largest_fill_t_per_year": random.choice([None, 100.0]),
                "residual_share": random.choice([0.0, 0.5, 0.9]),
            }
        ]
    if random.random() < 0.33:
        back = {"segment": "motors", "material": "scrap", "lifetime_years": random.randint(1, 2)}
        tables["end_of_life"] = [back | {"t_per_t": random.choice([0.2, 0.9])}]
    late = [p.project.id for p in plants if p.project.status == "candidate"]
    if len(scenarios) > 1 and random.random() < 0.33:
        delay = {"scenario": scenarios[-1].id, "project": random.choice(late)}
        tables["delays"] = [delay | {"years": random.randint(1, 2)}]
    return tables


def random_failures(
    random: Random, plants: list[Plant], scenarios: list[Scenario], memory: dict[str, Any]
) -> tuple[str, list[dict[str, Any]]]:
    """How failure counts, and who fails: half as expected; drawn where there are scenarios."""
    for n, plant in enumerate(plants):
        if plant.project.kind == "stockpile" and plant.project.status == "candidate":
            chance = random.choice([0.6, 1.0])
            plants[n] = plant._replace(project=plant.project.replaced(success_probability=chance))
    late = {(row["scenario"], row["project"]) for row in memory.get("delays", ())}
    rows = [
        {"scenario": s.id, "project": plant.project.id}
        for s in scenarios
        for plant in plants
        if not s.nominal and plant.project.status == "candidate" and random.random() < 0.4
    ]
    rows = [row for row in rows if (row["scenario"], row["project"]) not in late]
    if random.random() < 0.5:
        return random.choice(["expected", "ignored"]), []
    return random.choice(["expected", "drawn"] if rows else ["expected"]), rows


def _reserve(random: Random, *, settled: bool) -> Plant:
    """A stockpile, with one year to start in."""
    return project(
        "reserve",
        kind="stockpile",
        makes=None,
        main_material="oxide",
        status="operating" if settled else "candidate",
        capacity_t_per_year=300,
        capex_musd=0.0 if settled else random.choice([0.0, 2.0]),
        latest_start=None if settled else FIRST,
    )


def random_offtakes(
    random: Random, plants: list[Plant], tables: dict[str, Any]
) -> list[dict[str, Any]]:
    """In a third of the instances plants may close, and prices crash; offtakes of plants abroad."""
    if random.random() < 0.33:
        for n, plant in enumerate(plants):
            if plant.recipes:
                share = random.choice([0.0, 0.5, 1.0])
                plants[n] = plant._replace(project=plant.project.replaced(open_share=share))
        last = tables["scenarios"][-1].id
        if len(tables["scenarios"]) > 1:
            crash = {"id": "crash", "scenario": last, "kind": "price", "material": "oxide"}
            span = {"first_year": FIRST, "last_year": FIRST + 1, "factor": 0.3}
            tables["shocks"] = [*tables["shocks"], crash | span]
    return [
        {
            "id": f"take-{plant.project.id}",
            "project": plant.project.id,
            "kind": "offtake",
            "tenor_years": random.randint(1, 4),
            "offtake_share": random.choice([0.2, 0.5]),
            "take_share": random.choice([0.0, 0.8]),
        }
        for plant in plants
        if plant.project.offtake_share < 1
    ]


def with_offtakes(found: dict[str, Any], promised: list[dict[str, Any]]) -> dict[str, Any]:
    return found | {"contracts": [*found.get("contracts", []), *promised]}

"""Convert published problems (OR-Library, J. E. Beasley) into instance folders.

    python -m tests.published.convert FILE OUT [--capacity X] [--optimum V] [--layout L]

Enters: a file of multidimensional knapsacks (`mknap…`) or of a capacitated warehouse location
problem (`cap…`), as `orlib` reads them. Leaves: one instance folder per problem, OUT/STEM-1,
STEM-2, …, each with an `expected.json` where the optimum is known.

Knapsack: item = programme that costs no money and has a strategic value; resource = attribute whose
sum has a cap. Location: site = refinery that makes the product from nothing; customer = demand
segment in a zone of its own; the cost of serving a customer's whole demand = freight. A unit of
demand is 1 kt and a unit of cost 1 M$, so that the objective is the published number; only where a
site costs more than a cell of money takes (capa, capb, capc), 1 M$ stands for 1,000 units.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pycountry

from optimizer.instance import Instance
from optimizer.instance.formats import save

from .orlib import LARGEST_MUSD, LAYOUTS, Knapsack, Location, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

YEAR = 2030
T_PER_KT = 1000.0
DEARER = 2.0
"""Shortage costs this many times the dearest freight: more than enough, and no huge number."""


def instance_of(problem: Knapsack | Location, name: str) -> Instance:
    """The problem as an instance of one year without discounting."""
    tables = _projects_of(problem) if isinstance(problem, Knapsack) else _places_of(problem)
    objective: dict[str, Any] = {"sense": "minimise", "weights": {"expected_cost": 1.0}}
    if isinstance(problem, Knapsack):
        objective = {"sense": "maximise", "weights": {"strategic_value": 1.0}}
    settings = {
        "id": name,
        "title": "A published problem (OR-Library, J. E. Beasley)",
        "first_year": YEAR,
        "last_year": YEAR,
        "base_year": YEAR,
        "discount_rate": 0.0,
        "least_operating_years": 1,
        "objective": objective,
    }
    tables["scenarios"] = [{"id": "nominal", "probability": 1.0, "nominal": True}]
    return Instance.model_validate({"settings": settings, **tables})


def _projects_of(problem: Knapsack) -> dict[str, Any]:
    country = {"id": "USA", "zone": "world", "alliance": True}
    items = [f"item-{j:04d}" for j in range(1, len(problem.values) + 1)]
    resources = [f"resource-{i:03d}" for i in range(1, len(problem.budgets) + 1)]
    return {
        "zones": [{"id": "world"}],
        "countries": [country],
        "projects": [
            {
                "id": item,
                "country": country["id"],
                "status": "candidate",
                "kind": "programme",
                "capacity_t_per_year": 0.0,
                "earliest_start": YEAR,
                "latest_start": YEAR,
                "strategic_value": value,
            }
            for item, value in zip(items, problem.values, strict=True)
        ],
        "attributes": [
            {"project": item, "attribute": resource, "value": need}
            for resource, needs in zip(resources, problem.needs, strict=True)
            for item, need in zip(items, needs, strict=True)
        ],
        "policies": [
            {"id": resource, "kind": "attribute_sum", "value": budget, "attribute": resource}
            for resource, budget in zip(resources, problem.budgets, strict=True)
        ],
    }


def _places_of(problem: Location) -> dict[str, Any]:
    """Sites in countries of their own; a customer without demand costs nothing and is left out."""
    codes = sorted(country.alpha_3 for country in pycountry.countries)[: len(problem.fixed)]
    if len(codes) < len(problem.fixed):
        raise ValueError(f"{len(problem.fixed)} sites, but there are only {len(codes)} countries")
    served = [j for j, demand in enumerate(problem.demands) if demand > 0]
    customers = {j: f"customer-{j + 1:04d}" for j in served}
    freights = {
        (j, i): T_PER_KT * cost / problem.demands[j]
        for j in served
        for i, cost in enumerate(problem.costs[j])
    }
    kt = [{"segment": customers[j], "year": YEAR} for j in served]
    tables: dict[str, Any] = {
        "zones": [{"id": name} for name in (*codes, *customers.values())],
        "countries": [{"id": code, "zone": code, "alliance": True} for code in codes],
        "materials": [{"id": "product", "chain": "product", "stage": "processing"}],
        "contents": [{"material": "product", "element": "product", "content_t_per_t": 1.0}],
        "routes": [
            {
                "origin": codes[i],
                "destination": customers[j],
                "material": "product",
                "freight_usd_per_t": freight,
            }
            for (j, i), freight in freights.items()
        ],
        "segments": [
            {"id": name, "zone": name, "material": "product"} for name in customers.values()
        ],
        "demand": [
            row | {"demand_t_per_year": T_PER_KT * problem.demands[j]}
            for row, j in zip(kt, served, strict=True)
        ],
        "tranches": [
            {
                "segment": name,
                "tranche": 1,
                "share": 1.0,
                "cost_usd_per_t": DEARER * max(freights.values()),
            }
            for name in customers.values()
        ],
        "members": _purses(math.fsum(problem.fixed)),
        "instruments": [{"id": "grant", "kind": "grant"}],
        "policies": [_served()],
    }
    return tables | _sites(problem, codes)


def _purses(total: float) -> list[dict[str, Any]]:
    """Members who can pay for every site, as many as cells of money are needed."""
    count = max(1, math.ceil(total / LARGEST_MUSD))
    return [
        {"id": f"fund-{n}", "burden_share": 1 / count, "opening_cash_musd": total / count}
        for n in range(1, count + 1)
    ]


def _served() -> dict[str, Any]:
    """The sites opened have room for all demand.

    Then whoever goes short could be served from a site that is open, for less than the shortage
    costs: so nobody does, however dear it would be to open one site more.
    """
    return {
        "id": "everyone-is-served",
        "kind": "stage_share",
        "sense": "least",
        "value": 1.0,
        "element": "product",
        "stage": "processing",
    }


def _sites(problem: Location, codes: list[str]) -> dict[str, Any]:
    sites = [f"site-{i:03d}" for i in range(1, len(codes) + 1)]
    return {
        "projects": [
            {
                "id": site,
                "country": code,
                "status": "candidate",
                "kind": "refinery",
                "main_material": "product",
                "capacity_t_per_year": T_PER_KT * capacity,
                "capex_musd": fixed,
                "life_years": 1,
            }
            for site, code, capacity, fixed in zip(
                sites, codes, problem.capacities, problem.fixed, strict=True
            )
        ],
        "recipes": [{"project": site, "recipe": "main"} for site in sites],
        "ingredients": [
            {
                "project": site,
                "recipe": "main",
                "material": "product",
                "direction": "output",
                "t_per_t": 1.0,
            }
            for site in sites
        ],
    }


def convert(
    file: Path,
    out: Path,
    capacity: float | None = None,
    optimum: float | None = None,
    layout: str | None = None,
) -> Iterator[Path]:
    """Write one instance folder per problem; yields each."""
    problems = read(file.read_text(errors="replace"), capacity, optimum, layout)
    for number, problem in enumerate(problems, start=1):
        name = f"{file.stem}-{number}"
        folder = out / name
        folder.mkdir(parents=True, exist_ok=True)
        save(instance_of(problem, name), folder)
        if problem.optimum is not None:
            text = json.dumps({"objective": problem.optimum}) + "\n"
            (folder / "expected.json").write_text(text)
        yield folder


def main(arguments: Sequence[str] | None = None) -> None:
    """Convert a file and name the folders written."""
    parser = argparse.ArgumentParser(description="Convert an OR-Library file into instances.")
    parser.add_argument("file", type=Path, help="mknap… or cap…")
    parser.add_argument("out", type=Path, help="folder to write the instance folders into")
    parser.add_argument("--capacity", type=float, help="where the file says `capacity`")
    parser.add_argument("--optimum", type=float, help="of a location problem, for expected.json")
    parser.add_argument("--layout", choices=LAYOUTS, help="where its lines do not tell")
    given = parser.parse_args(arguments)
    for folder in convert(given.file, given.out, given.capacity, given.optimum, given.layout):
        sys.stdout.write(f"{folder}\n")


if __name__ == "__main__":
    main()

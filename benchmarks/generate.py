"""Make instances of any size in the format of the real ones, the same for the same seed.

    python -m benchmarks.generate --projects 200 --years 15 --scenarios 10 --seed 1 OUT

Three chains from mine to component, four members, one dominant outside supplier whose deliveries
scenarios cut, and a fund that pays for a part of the candidates only. Every figure is invented.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.instance import Instance

FIRST_YEAR = 2026
MEMBERS = {"USA": "usa", "JPN": "jpn", "AUS": "aus", "IND": "ind"}
STAGES = {
    "ore": ("extraction", "mine", 15_000.0, 3),
    "oxide": ("processing", "refinery", 40_000.0, 2),
    "metal": ("metal", "refinery", 55_000.0, 2),
    "part": ("manufacturing", "manufacturing", 90_000.0, 1),
}
"""Material of each stage: stage, kind of plant, price in USD/t, years of building."""
CHAINS = ("a", "b", "c")
DEMAND_T = 8_000.0
"""First-year demand of a member for the part of a chain."""


@dataclass(frozen=True)
class Size:
    """How large an instance is to be."""

    projects: int
    years: int
    scenarios: int
    seed: int = 1
    budget_share: float = 0.3
    """The fund's money as a share of the building cost of all candidates."""
    distinct: bool = False
    """Whether demand differs in every year of every scenario, so that no year is shared."""


def generate(size: Size) -> Instance:
    """An instance of a size."""
    random = np.random.default_rng(size.seed)
    years = range(FIRST_YEAR, FIRST_YEAR + size.years)
    tables: dict[str, list[dict[str, Any]]] = _places() | _market(random, years)
    tables |= _projects(random, size)
    tables |= _fund(tables["projects"], years, size)
    tables |= _scenarios(random, years, size)
    settings = {
        "id": f"generated-{size.projects}x{size.years}x{size.scenarios}-{size.seed}",
        "title": "Generated for benchmarks: every figure is invented",
        "first_year": years[0],
        "last_year": years[-1],
        "base_year": years[0],
        "discount_rate": 0.05,
    }
    return Instance.model_validate({"settings": settings, **tables})


def _places() -> dict[str, list[dict[str, Any]]]:
    zones = [*MEMBERS.values(), "chn", "row"]
    countries = [
        {"id": code, "zone": zone, "alliance": True, "governance": 1.0}
        for code, zone in MEMBERS.items()
    ]
    countries += [
        {"id": "CHN", "zone": "chn", "governance": -0.3},
        {"id": "BRA", "zone": "row", "governance": -0.3},
    ]
    routes = [
        {
            "origin": origin,
            "destination": destination,
            "material": f"{material}-{chain}",
            "freight_usd_per_t": 150.0 if origin in MEMBERS.values() else 300.0,
        }
        for chain in CHAINS
        for material in STAGES
        for origin in zones
        for destination in MEMBERS.values()
        if origin != destination and not (origin == "chn" and material == "ore")
    ]
    return {"zones": [{"id": zone} for zone in zones], "countries": countries, "routes": routes}


def _market(random: np.random.Generator, years: range) -> dict[str, list[dict[str, Any]]]:
    names = [(chain, material) for chain in CHAINS for material in STAGES]
    price = {name: STAGES[name[1]][2] * random.uniform(0.7, 1.4) for name in names}
    bought = [name for name in names if name[1] != "ore"]
    segments = [
        {"id": f"{zone}-{chain}", "zone": zone, "member": zone, "material": f"part-{chain}"}
        for zone in MEMBERS.values()
        for chain in CHAINS
    ]
    growth = [1.04**n for n in range(len(years))]
    scale = {segment["id"]: DEMAND_T * random.uniform(0.5, 1.5) for segment in segments}
    total = sum(scale.values()) / len(CHAINS)
    return {
        "materials": [
            {"id": f"{m}-{chain}", "chain": chain, "stage": STAGES[m][0]} for chain, m in names
        ],
        "contents": [
            {"material": f"{m}-{chain}", "element": chain, "content_t_per_t": 1.0}
            for chain, m in names
        ],
        "prices": [
            {"material": f"{m}-{chain}", "year": year, "price_usd_per_t": price[chain, m]}
            for chain, m in names
            for year in years
        ],
        "suppliers": [
            {"id": f"chn-{m}-{chain}", "country": "CHN", "material": f"{m}-{chain}"}
            for chain, m in bought
        ],
        "supply_limits": [
            {"supplier": f"chn-{m}-{chain}", "year": year, "limit_t_per_year": total * 1.1 * g}
            for chain, m in bought
            for year, g in zip(years, growth, strict=True)
        ],
        "segments": segments,
        "demand": [
            {"segment": s["id"], "year": year, "demand_t_per_year": scale[s["id"]] * g}
            for s in segments
            for year, g in zip(years, growth, strict=True)
        ],
        "tranches": [
            {"segment": s["id"], "tranche": n, "share": share, "cost_usd_per_t": 90_000.0 * times}
            for s in segments
            for n, share, times in ((1, 0.1, 3), (2, 0.3, 8), (3, 0.6, 16))
        ],
    }


def _projects(random: np.random.Generator, size: Size) -> dict[str, list[dict[str, Any]]]:
    projects, recipes, ingredients = [], [], []
    kinds = list(STAGES)
    hosts = [*MEMBERS, "BRA"]
    for n in range(size.projects):
        chain, material = CHAINS[n % 3], kinds[(n // 3) % 4]
        _, kind, price, build = STAGES[material]
        capacity = float(random.lognormal(np.log(2500.0), 0.7))
        revenue = capacity * price / 1e6
        name = f"p{n:04d}"
        projects.append(
            {
                "id": name,
                "country": hosts[int(random.integers(len(hosts)))],
                "status": "candidate",
                "kind": kind,
                "main_material": f"{material}-{chain}",
                "capacity_t_per_year": round(capacity, 1),
                "capex_musd": round(revenue * random.uniform(1.2, 4.0), 2),
                "build_years": build,
                "latest_start": FIRST_YEAR + min(8, size.years - build - 3),
                "ramp": (0.5, 1.0),
                "private_appetite": round(random.uniform(0.1, 0.4), 2),
                "private_premium": 0.2,
                "success_probability": 0.9,
                "e_score": round(random.uniform(30, 90), 1),
            }
        )
        opex = round(price * random.uniform(0.15, 0.45), 1)
        recipes.append({"project": name, "recipe": "main", "opex_usd_per_t": opex})
        flows = [(f"{material}-{chain}", "output", 1.0)]
        if material != "ore":
            before = kinds[kinds.index(material) - 1]
            flows.append((f"{before}-{chain}", "input", round(random.uniform(1.02, 1.15), 3)))
        ingredients += [
            {"project": name, "recipe": "main", "material": m, "direction": way, "t_per_t": t}
            for m, way, t in flows
        ]
    return {"projects": projects, "recipes": recipes, "ingredients": ingredients}


def _fund(
    projects: list[dict[str, Any]], years: range, size: Size
) -> dict[str, list[dict[str, Any]]]:
    total = sum(project["capex_musd"] for project in projects) * size.budget_share
    paying = years[: max(1, min(10, len(years) - 4))]
    shares = dict(zip(MEMBERS.values(), (0.5, 0.25, 0.15, 0.1), strict=True))
    return {
        "members": [{"id": zone, "burden_share": share} for zone, share in shares.items()],
        "contributions": [
            {"member": zone, "year": year, "amount_musd": round(total * share / len(paying), 3)}
            for zone, share in shares.items()
            for year in paying
        ],
        "instruments": [
            {"id": "grant", "kind": "grant", "largest_share": 0.5},
            {
                "id": "loan",
                "kind": "loan",
                "largest_share": 0.7,
                "interest_rate": 0.03,
                "grace_years": 2,
                "tenor_years": 10,
            },
        ],
        "policies": [
            {
                "id": f"china-{chain}",
                "kind": "country_share",
                "value": 0.9,
                "final_value": 0.6,
                "glide_until": years[-1],
                "hard": False,
                "penalty_usd_per_t": 20_000.0,
                "element": chain,
                "stage": "processing",
                "country": "CHN",
            }
            for chain in CHAINS
        ]
        + [
            {
                "id": "environment",
                "kind": "esg_shortfall",
                "value": 10.0,
                "score": "e",
                "target": 60,
            }
        ],
    }


def _scenarios(
    random: np.random.Generator, years: range, size: Size
) -> dict[str, list[dict[str, Any]]]:
    others = size.scenarios - 1
    nominal = 0.4 if others else 1.0
    scenarios = [{"id": "nominal", "probability": nominal, "nominal": True}]
    shocks = []
    shares = random.dirichlet(np.full(others, 4.0)) * (1 - nominal) if others else []
    for n, probability in enumerate(shares):
        name = f"s{n:03d}"
        scenarios.append({"id": name, "probability": float(probability)})
        start = int(random.integers(years[0] + 2, years[-1]))
        for kind, factor in (("supply", random.uniform(0.0, 0.6)), ("price", random.uniform(1, 2))):
            shock = {
                "id": f"{name}-{kind}",
                "scenario": name,
                "kind": kind,
                "factor": round(float(factor), 3),
                "first_year": start,
                "last_year": min(years[-1], start + int(random.integers(1, 5))),
            }
            shocks.append(shock | ({"country": "CHN"} if kind == "supply" else {}))
        if size.distinct:
            level = {"id": f"{name}-demand", "scenario": name, "kind": "demand"}
            years_of_it = {"first_year": years[0], "last_year": years[-1]}
            factor = round(float(random.uniform(0.85, 1.2)), 3)
            shocks.append(level | years_of_it | {"factor": factor})
    if others:
        scenarios[-1]["probability"] = 1.0 - sum(float(s["probability"]) for s in scenarios[:-1])
    return {"scenarios": scenarios, "shocks": shocks}


def main() -> None:
    """Write an instance folder."""
    from optimizer.instance.formats import save

    parser = argparse.ArgumentParser(description="Generate an instance.")
    for name in ("projects", "years", "scenarios"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("out")
    args = parser.parse_args()
    save(generate(Size(args.projects, args.years, args.scenarios, args.seed)), args.out)


if __name__ == "__main__":
    main()

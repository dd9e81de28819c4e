"""The fund of a random instance: members, instruments, contracts, currencies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.factories import series

if TYPE_CHECKING:
    from random import Random

    from tests.support.factories import Plant

SHIELD = {"id": "shield", "kind": "guarantee", "mobilisation": 1.0, "loss_share": 0.5}
TERMS = {"fee_rate": 0.02, "provision_share": 0.2, "grace_years": 1, "tenor_years": 3}


def random_fund(random: Random, years: range) -> dict[str, Any]:
    """One or two members that pay every year, in USD or euro, and up to five instruments."""
    shares = random.choice([{"us": 1.0}, {"jp": 0.3, "us": 0.7}])
    yearly = random.choice([5.0, 15.0, 50.0])
    euro = random.choice([{}, {}, {"currency": "EUR", "nominal": True}])
    loan = {"id": "loan", "kind": "loan", "largest_share": 0.6, "interest_rate": 0.05}
    equity = {"id": "equity", "kind": "equity", "largest_share": 0.3, "dividend_rate": 0.1}
    grant = {"id": "grant", "kind": "grant", "mobilisation": random.choice([0.0, 0.25])}
    instruments = [
        grant,
        loan | {"grace_years": random.randint(0, 1), "tenor_years": 2},
        equity | {"tenor_years": 2},
        SHIELD | TERMS | {"largest_share": 0.5},
        {"id": "credit", "kind": "tax_credit", "largest_share": 0.3},
    ]
    return {
        "members": [
            {"id": name, "burden_share": share, "opening_cash_musd": 10.0 * share}
            | {"countries": ("AUS",) if name == "us" else ()}
            | {"guarantee_headroom_musd": random.choice([None, 15.0])}
            for name, share in shares.items()
        ],
        "contributions": [
            {"member": name, "year": year, **euro}
            | {"amount_million" if euro else "amount_musd": yearly * share}
            for name, share in shares.items()
            for year in years
        ],
        "exchange_rates": series("currency", ["EUR"], years, usd_per_unit=1.25, price_level=1.1)
        if euro
        else [],
        "instruments": instruments[: random.choice([3, 3, 4, 5])],
    }


def with_royalties(
    random: Random, plants: list[Plant], instruments: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """In half of the instances one or two royalties, which what has no output does not admit."""
    given = {"kind": "royalty", "largest_share": random.choice([0.4, 1.0])}
    bases = [
        ("nsr", {"royalty_share": random.choice([0.05, 0.2])}),
        ("per-t", {"royalty_usd_per_t": 3_000.0}),
    ]
    royalties = [
        {"id": name, "tenor_years": random.randint(1, 4)} | given | basis
        for name, basis in random.sample(bases, random.randint(1, 2))
    ]
    if random.random() < 0.5:
        return instruments
    able = tuple(row["id"] for row in instruments)
    for n, plant in enumerate(plants):
        if not plant.recipes or plant.project.standby or plant.project.kind == "programme":
            plants[n] = plant._replace(project=plant.project.replaced(instruments=able))
    return [*instruments, *royalties]


def random_contracts(random: Random, plants: list[Plant]) -> dict[str, Any]:
    """In half of the instances a price floor for each of two plants; benefits for us."""
    able = [p.project for p in plants if p.project.main_material is not None]
    contracts = [
        {
            "id": f"floor-{plant.id}",
            "project": plant.id,
            "kind": "price_floor",
            "tenor_years": random.randint(1, 4),
            "price_usd_per_t": random.choice([5_000.0, 30_000.0, 45_000.0]),
            "upside_share": random.choice([0.0, 0.5]),
            "bankable": True,
            "signing_year": None if plant.status == "candidate" else 2031,
        }
        for plant in random.sample(able, min(2, len(able)))
        if random.random() < 0.5
    ]
    benefits = [
        {"project": plant.project.id, "member": "us", "share": random.choice([0.0, 0.5, 1.0])}
        for plant in plants
    ]
    return {"contracts": contracts, "benefits": benefits}

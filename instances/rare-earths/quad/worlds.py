"""Scenarios and the shocks that they consist of, sized by past disruptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quad.market import CHINA, MATERIALS

if TYPE_CHECKING:
    from optimizer.catalogue.drafting.basis import TableRow
    from quad.inputs import Inputs

NAMES = {
    "nominal": "No shock",
    "quota": "Chinese export quotas as in 2010",
    "licensing": "Chinese export licensing as in 2025",
    "cheap-licensing": "Licensing as in 2025, at the prices of 2024",
    "embargo-japan": "Chinese embargo on Japan as in 2010",
    "embargo-usa": "Chinese embargo on the United States",
    "outage-mountain-pass": "Long stop of the Mountain Pass mine",
    "price-crash": "Prices halve as after 2022",
}


def scenarios(inputs: Inputs) -> list[TableRow]:
    """Table scenarios."""
    return [
        {
            "id": key,
            "name": name,
            "probability": inputs.own[f"scenario.{key}.probability"],
            "nominal": key == "nominal",
            "note": inputs.own.rows[f"scenario.{key}.probability"].reason,
        }
        for key, name in NAMES.items()
    ]


def _shock(inputs: Inputs, name: str, scenario: str, kind: str, targets: TableRow) -> TableRow:
    origin = inputs.own.rows[f"shock.{name}.factor"]
    target = "-".join(str(value).lower().replace("_", "-") for value in targets.values())
    return {
        "id": f"{scenario}-{target}",
        "scenario": scenario,
        "kind": kind,
        "first_year": inputs.own.whole(f"shock.{name}.first_year"),
        "last_year": inputs.own.whole(f"shock.{name}.last_year"),
        "factor": inputs.own[f"shock.{name}.factor"],
        **targets,
        "source": origin.source,
        "quality": "assumed",
        "note": f"size: {origin.reason}; years and duration are our choice",
    }


def shocks(inputs: Inputs) -> list[TableRow]:
    """Table shocks."""
    rows = [_shock(inputs, "quota", "quota", "supply", {"country": "CHN"})]
    for scenario in ("licensing", "cheap-licensing"):
        for material in CHINA:
            name = "licensing_magnet" if material == "magnet" else "licensing_other"
            target: TableRow = {"country": "CHN", "material": material}
            rows.append(_shock(inputs, name, scenario, "supply", target))
    for member, zone in (("japan", "JPN"), ("usa", "USA")):
        target = {"country": "CHN", "destination": zone}
        access = _shock(inputs, f"embargo_{member}", f"embargo-{member}", "access", target)
        cut = inputs.own.rows["shock.embargo_supply.factor"]
        supply = access | {
            "id": f"embargo-{member}-china",
            "kind": "supply",
            "factor": inputs.own["shock.embargo_supply.factor"],
            "destination": None,
            "source": cut.source,
            "note": f"size: {cut.reason}",
        }
        rows += [access, supply]
    stopped: TableRow = {"project": "mountain-pass-mine"}
    rows.append(_shock(inputs, "outage", "outage-mountain-pass", "outage", stopped))
    for name, scenario in (("crash", "price-crash"), ("cheap", "cheap-licensing")):
        rows += [
            _shock(inputs, name, scenario, "price", {"material": material})
            for material in MATERIALS
        ]
    return rows

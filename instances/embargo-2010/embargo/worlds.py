"""Scenarios: no control, the history in its own and in other years, a long embargo."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Literal

from embargo.market import OXIDES, basket_price, real_price
from embargo.own import FACTS, OWN, YEARS
from optimizer import HistoricEvent
from optimizer.catalogue.drafting.basis import row_of
from optimizer.scenarios.replay import SHOCK_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.catalogue.drafting.basis import TableRow

STARTS = {"history": 2010, "early": 2008, "late": 2012}
"""Scenario and the year from which the events of 2010 count in it."""

PRICE_SOURCE = "usgs_ds140_ree"

NAMES = {
    "nominal": "No control",
    "history": "What happened: quotas, embargo, taxes and prices from 2010",
    "early": "The same from 2008",
    "late": "The same from 2012",
    "long-embargo": "China sells nothing to Japan for two years",
}
HORIZON_OF_PRICES = range(2010, 2015)


def scenarios() -> list[TableRow]:
    """Table scenarios."""
    return [
        {
            "id": key,
            "name": name,
            "probability": OWN[f"scenario.{key}"],
            "nominal": key == "nominal",
            "must_survive": key == "history",
            "note": OWN.rows[f"scenario.{key}"].reason,
        }
        for key, name in NAMES.items()
    ]


def _cut(
    control: str, kind: Literal["export_quota", "embargo"], destination: str | None = None
) -> tuple[HistoricEvent, str]:
    """What China did in 2010, counted in months from January 2010, and its source."""
    row = row_of(FACTS, "disruptions", country="CHN", year=2010, kind=control)
    year, month = (int(part) for part in row["start_date"].split("-")[:2])
    event = HistoricEvent(
        kind=kind,
        country="CHN",
        destination=destination,
        effect_share=-row["effect_pct"] / 100,
        start_months=12 * (year - 2010) + month - 1,
        months=int(row["duration_months"]),
    )
    return event, row["source"]


def events() -> dict[str, tuple[HistoricEvent, str, str]]:
    """Events from January 2010 on: by name, with source and note."""
    quota = _cut("export quota", "export_quota")
    ban = _cut("export ban", "embargo", "jpn")
    found = {
        "quota": (*quota, "size printed; duration assumed in the catalogue"),
        "embargo": (*ban, "Japan alone, two months; duration assumed in the catalogue"),
    }
    for key in OXIDES:
        tax = HistoricEvent(
            kind="export_tax",
            country="CHN",
            material=key,
            effect_share=OWN[f"tax.{key}"],
            months=12 * len(HORIZON_OF_PRICES),
        )
        found[f"tax-{key}"] = (tax, "", "rate recalled, see SOURCES.md")
    base = basket_price()
    for year in HORIZON_OF_PRICES:
        rise = real_price(year) / base - 1
        found[f"price{year}"] = (
            HistoricEvent(
                kind="price", effect_share=rise, start_months=12 * (year - 2010), months=12
            ),
            PRICE_SOURCE,
            f"unit value of {year} over the mean of 2005 to 2009, both deflated",
        )
    peak = HistoricEvent(
        kind="price",
        material="dytb",
        effect_share=OWN["price.dytb_extra"],
        start_months=12,
        months=12,
    )
    found["price-dytb"] = (peak, "mining_dy", "beyond the rise of all oxides; see SOURCES.md")
    return found


def _spells(event: HistoricEvent, years: range) -> Iterator[tuple[int, int, float]]:
    """First and last year and factor of each run of years in which the factor is the same."""
    factors = {since: event.factor(since) for since in event.years() if since in years}
    for factor, run in groupby(factors, key=factors.__getitem__):
        spell = list(run)
        yield spell[0], spell[-1], factor


def _replayed(scenario: str, start: int) -> Iterator[TableRow]:
    years = range(YEARS[0] - start, YEARS[-1] - start + 1)
    for name, (event, source, note) in events().items():
        for first, last, factor in _spells(event, years):
            yield {
                "id": f"{scenario}-{name}-{start + first}",
                "scenario": scenario,
                "kind": SHOCK_KINDS[event.kind],
                "first_year": start + first,
                "last_year": start + last,
                "factor": factor,
                "country": event.country,
                "material": event.material,
                "destination": event.destination,
                "source": source,
                "quality": "derived" if source == PRICE_SOURCE else "assumed",
                "note": note,
            }


def shocks() -> list[TableRow]:
    """Table shocks: the events of 2010 to 2014, replayed from three years, and the long embargo."""
    rows = [row for key, year in STARTS.items() for row in _replayed(key, year)]
    first = OWN.whole("embargo.first_year")
    rows.append(
        {
            "id": "long-embargo-jpn",
            "scenario": "long-embargo",
            "kind": "access",
            "first_year": first,
            "last_year": first + OWN.whole("embargo.years") - 1,
            "factor": 0,
            "country": "CHN",
            "destination": "jpn",
            "quality": "assumed",
            "note": "never happened: the embargo of 2010 without an end",
        }
    )
    return rows

"""Tables that a script writes by hand: look-ups, assumed numbers, variants, and what is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optimizer.catalogue import Catalogue
from optimizer.catalogue.drafting import by_hand
from optimizer.catalogue.drafting.assumptions import Assumptions
from optimizer.catalogue.drafting.basis import row_of, rows_of
from optimizer.catalogue.drafting.outlook import printed_price
from optimizer.errors import InvalidInstance
from tests.support.commands import ROOT

if TYPE_CHECKING:
    from pathlib import Path

ASSUMED = """name,value,unit,source,reason
horizon.first_year,2030,year,,a choice
horizon.last_year,2032,year,,a choice
horizon.discount_rate,0.05,share per year,,usual
horizon.least_operating_years,1,years,,short
feed.price,1234.5,USD/t,usgs_mcs2026,printed elsewhere
"""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load(ROOT / "instances" / "catalogue")


@pytest.fixture
def own(tmp_path: Path) -> Assumptions:
    return loaded(tmp_path / "usual", ASSUMED)


def loaded(folder: Path, text: str) -> Assumptions:
    (folder / "inputs").mkdir(parents=True)
    (folder / "inputs" / "assumptions.csv").write_text(text, encoding="utf-8")
    return Assumptions.own(folder)


def test_a_figure_that_is_missing_is_none(catalogue: Catalogue) -> None:
    rows = rows_of(catalogue, "projects")

    bare = [row["capex_musd"] for row in rows if row["capex_musd"] is None]
    assert len(bare) == catalogue.projects["capex_musd"].isna().sum() > 0
    assert all(row["start_year"] is None or row["start_year"] > 1900 for row in rows)


def test_a_row_is_found_by_its_cells_or_named_as_missing(catalogue: Catalogue) -> None:
    assert row_of(catalogue, "projects", id="P001")["country"] == "USA"
    with pytest.raises(LookupError, match=r"prices of the catalogue has no row .*'unobtainium'"):
        row_of(catalogue, "prices", material="unobtainium")


def test_a_printed_price_leaves_floors_out(catalogue: Catalogue) -> None:
    """The table prints 110,000 USD/t as a floor of NdPr beside the market's price of 2025."""
    series = [
        row["price"]
        for row in rows_of(catalogue, "prices")
        if (row["material"], row["year"]) == ("NdPr_oxide", 2025)
    ]

    price = printed_price(catalogue, "NdPr_oxide", 2025)

    assert 110_000 in series
    assert price == pytest.approx((sum(series) - 110_000) / (len(series) - 1))


def test_values_that_nothing_asks_for_are_told(own: Assumptions) -> None:
    by_hand.settings(own, "small", "Small")
    assert own.unused() == ["feed.price"]

    assert own["feed.price"] == 1234.5
    assert own.unused() == []


def test_a_variant_takes_the_place_of_value_and_reason_alone(
    own: Assumptions, tmp_path: Path
) -> None:
    other = loaded(tmp_path / "variant", "name,value,reason\nfeed.price,99,dear\n")

    changed = own.replaced(other)

    assert changed["feed.price"] == 99
    assert changed.given("feed.price") == {
        "source": "usgs_mcs2026",
        "quality": "assumed",
        "note": "dear",
    }
    assert own["feed.price"] == 1234.5


def test_rows_are_rounded_and_lose_their_empty_cells() -> None:
    rows = by_hand.tidied(
        [{"id": "a", "share": 1 / 3, "tonnes": 123456.789, "small": 0.00000049, "zone": None}]
    )

    assert rows == [{"id": "a", "share": 0.333333, "tonnes": 123456.8, "small": 0.0}]


def test_tables_that_do_not_fit_together_are_refused(own: Assumptions) -> None:
    stated = by_hand.settings(own, "small", "Small")
    with pytest.raises(InvalidInstance, match="zone"):
        by_hand.instance(stated, {"countries": [{"id": "USA", "zone": "nowhere"}]})

"""Suggestions name what is near, and nothing else."""

from __future__ import annotations

import pytest

from optimizer.instance.validation.words import (
    first_few,
    not_a_country,
    not_a_currency,
    number_text,
    suggestion,
)

COUNTRIES = {
    "Russia": "RUS",
    "South Korea": "KOR",
    "North Korea": "PRK",
    "Korea": "KOR or PRK",
    "Czech Republic": "CZE",
    "Ivory Coast": "CIV",
    "Côte d'Ivoire": "CIV",
    "Congo": "COD or COG",
    "DR Congo": "COD",
    "Taiwan": "TWN",
    "Turkey": "TUR",
    "Türkiye": "TUR",
    "Vietnam": "VNM",
    "Viet Nam": "VNM",
    "UK": "GBR",
    "United Kingdom": "GBR",
    "Great Britain": "GBR",
    "USA ": "USA",
    "United States": "USA",
    "US": "USA",
    "Iran": "IRN",
    "Bolivia": "BOL",
    "Tanzania": "TZA",
    "Venezuela": "VEN",
    "Laos": "LAO",
    "Burma": "MMR",
    "Kosovo": "XKX",
    "Macedonia": "MKD",
    "GER": "DEU",
    "chl": "CHL",
    "Chile": "CHL",
    "Germny": "DEU",
    "Austrlia": "AUS",
    "south_africa": "ZAF",
    "The Netherlands": "NLD",
}


@pytest.mark.parametrize("text", COUNTRIES)
def test_a_country_by_its_name(text: str) -> None:
    assert not_a_country(text).endswith(f"(did you mean {COUNTRIES[text]}?)")


@pytest.mark.parametrize("text", ["Atlantis", "XQZ", "EU", "rest of world", "home", "Rsx", "", "?"])
def test_what_is_no_country_is_like_none(text: str) -> None:
    assert "did you mean" not in not_a_country(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [("eur", "EUR"), ("Euro", "EUR"), ("€", "EUR"), ("Yen", "JPY"), ("usd", "USD"), ("$", "USD"),
     ("US Dollar", "USD"), ("¥", "JPY or CNY"), ("jpy ", "JPY"), ("RMB", "CNY")],
)  # fmt: skip
def test_a_currency_by_its_name_sign_or_small_letters(text: str, code: str) -> None:
    assert not_a_currency(text).endswith(f"(did you mean {code}?)")


@pytest.mark.parametrize(
    ("text", "known", "hint"),
    [
        ("Capex_MUSD", {"capex_musd", "capex_kind"}, "capex_musd"),
        ("capex musd", {"capex_musd", "capex_kind"}, "capex_musd"),
        ("capacity", {"capacity_t_per_year", "country"}, "capacity_t_per_year"),
        ("oxid", {"oxide", "ore"}, "oxide"),
        ("mount-weld", {"mt-weld", "pit"}, "mt-weld"),
        ("colour", {"country", "corridor"}, ""),
        ("AUS", {"USA", "CHN"}, ""),
        ("CHL", {"CHN", "CHE"}, ""),
        ("lithium", {"graphite", "cobalt"}, ""),
    ],
)
def test_a_name_that_is_near(text: str, known: set[str], hint: str) -> None:
    many = known | {f"zzz{number}" for number in range(20)}
    assert suggestion(text, many) == (f" (did you mean {hint}?)" if hint else "")


def test_lists_and_numbers() -> None:
    assert first_few(["b", "a"]) == "'a', 'b'"
    assert first_few([f"p{n}" for n in range(36)]) == "'p0', 'p1', 'p10' and 33 more"
    assert number_text(1.2e6) == "1,200,000"

"""The security documents: whole, and what they name as tested has a test."""

from __future__ import annotations

import re

import pytest

from tests.support.commands import ROOT

PAGES = ("asvs.md", "threat-model.md")
STATUSES = {"met", "partly", "not met", "n/a"}
NAMED = re.compile(r"`((?:tests/)?[\w/]*test_\w+\.py)(?:::(test_\w+))?`")
ROW = re.compile(r"^\| V([\d.]+) \| (.+?) \| (.+?) \| (.+) \|$", re.MULTILINE)
# How many requirements of levels 1 and 2 each section of the standard has (ASVS 5.0.0).
SECTIONS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2,
    "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1,
    "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2,
    "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4,
    "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4,
    "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2,
    "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1,
    "9.1": 3, "9.2": 4,
    "10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3,
    "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4,
    "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5,
    "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7,
    "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3,
    "17.1": 1, "17.2": 4, "17.3": 2,
}  # fmt: skip
ASVS = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
ROWS = ROW.findall(ASVS)


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_is_named_is_there(page: str) -> None:
    named = NAMED.findall((ROOT / "docs" / page).read_text(encoding="utf-8"))

    assert named
    for file, function in named:
        path = ROOT / file if file.startswith("tests/") else ROOT / "tests" / "service" / file
        assert path.exists(), file
        assert f"def {function}" in path.read_text(encoding="utf-8"), f"{file}::{function}"


def test_every_requirement_has_its_row() -> None:
    names = [name for name, *_ in ROWS]

    assert len(names) == len(set(names)) == 253
    for section, number in SECTIONS.items():
        found = [name for name in names if name.startswith(f"{section}.")]
        assert len(found) == number, section


def test_every_row_says_how_it_stands_and_the_tally_is_theirs() -> None:
    for name, what, status, how in ROWS:
        assert status in STATUSES, name
        assert what, name
        assert how, name
    tally = {status: sum(row[2] == status for row in ROWS) for status in STATUSES}
    assert (
        f"Of {len(ROWS)} requirements {tally['met']} are met, {tally['partly']} partly, "
        f"{tally['not met']} not; {tally['n/a']} do not apply."
    ) in ASVS

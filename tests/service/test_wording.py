"""Refusals in our own words, with places that a program can mark."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from api.http.app import create_app
from api.kinds import KINDS
from api.resources.forms import FORMS
from optimizer import load
from tests.service.test_http_jobs import solve_request
from tests.support.people import tiny

if TYPE_CHECKING:
    from api.store import Store
    from tests.support.application import Fund, Service

INSTANCE = "ins_000000000000000000000000"
OPTIONS = {"kind": "solve", "instance_id": INSTANCE}
SAID: dict[str, tuple[Any, str, str]] = {
    "no kind": ({}, "kind", "is missing"),
    "another kind": ({"kind": "guess"}, "kind", f"must be one of {', '.join(map(repr, KINDS))}"),
    "unknown": (OPTIONS | {"weight": 1}, "weight", "there is no such field"),
    "a path": (OPTIONS | {"options": {"gap": 2}}, "options.gap", "must be at most 1"),
    "a list": (OPTIONS | {"changes": {}}, "changes", "must be a list"),
    "a kind of change": (
        OPTIONS | {"changes": [{"kind": "guess"}]},
        "changes.0.kind",
        "must be one of 'set', 'lock', 'switch', 'scale_budget'",
    ),
    "within a change": (
        OPTIONS | {"changes": [{"kind": "lock", "project": "pit", "locked": "maybe"}]},
        "changes.0.locked",
        "must be 'in', 'out' or 'free'",
    ),
    "a form": (
        {"kind": "solve", "instance_id": "tiny"},
        "instance_id",
        "must be an identifier as the service gives them, such as plan_4f2c7e9a1b3d5f6071829304",
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_a_refusal_says_which_field_and_what_it_must_be(
    service: Service, fund: Fund, case: str
) -> None:
    body, field, words = SAID[case]
    with service.client(fund.analyst) as client:
        answer = client.post("/v1/jobs", json=body).json()

    assert answer["faults"] == [f"body {field}: {words}"]
    assert answer["places"] == [{"part": "body", "field": field}]


def test_every_form_has_its_words(store: Store) -> None:
    """Nobody reads a regular expression; every one of the document is told in words."""
    text = json.dumps(create_app(store).openapi())
    patterns = {json.loads(found) for found in re.findall(r'"pattern": ("(?:[^"\\]|\\.)*")', text)}

    assert patterns
    assert patterns <= set(FORMS)


def test_a_submission_s_faults_have_table_row_and_field(service: Service, fund: Fund) -> None:
    document = load("instances/tiny").model_dump(mode="json")
    document["projects"][1]["country"] = "Chile"
    document["settings"]["first_year"] = None
    with service.client(fund.analyst) as client:
        answer = client.post("/v1/instances", json=document).json()

    told = dict(zip(answer["faults"], answer["places"], strict=True))
    chile = next(place for words, place in told.items() if "'Chile'" in words)
    assert chile == {"file": "document projects", "table": "projects", "row": 1, "field": "country"}
    year = next(place for words, place in told.items() if "first_year" in words)
    assert year["table"] == "settings"
    assert year["field"] == "first_year"


def test_a_workbook_s_faults_name_the_cell(
    service: Service, fund: Fund, tmp_path_factory: pytest.TempPathFactory
) -> None:
    import openpyxl

    path = tmp_path_factory.mktemp("book") / "tiny.xlsx"
    from optimizer.instance.formats.workbook_writing import write_workbook

    write_workbook(load("instances/tiny"), path)
    book = openpyxl.load_workbook(path)
    sheet = book["projects"]
    column = next(cell.column_letter for cell in sheet[1] if cell.value == "country")
    sheet[f"{column}3"] = "Chile"
    book.save(path)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    with service.client(fund.analyst, **{"Content-Type": kind}) as client:
        answer = client.post("/v1/instances", content=path.read_bytes()).json()

    told = dict(zip(answer["faults"], answer["places"], strict=True))
    place = next(place for words, place in told.items() if "'Chile'" in words)
    assert place["table"] == "projects"
    assert place["row"] == 3
    assert place["cell"] == f"projects!{column}3"


def test_a_what_if_s_faults_name_the_path(service: Service, fund: Fund) -> None:
    instance = tiny(service.store, fund.analyst.caller)
    changes = [{"kind": "lock", "project": "pot", "locked": "out"}]
    with service.client(fund.analyst) as client:
        answer = client.post("/v1/jobs", json=solve_request(instance.id, changes=changes)).json()

    assert len(answer["places"]) == len(answer["faults"]) == 1

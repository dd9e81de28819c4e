"""The OpenAPI document shows an example of every resource, and every number has a unit."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest

import api.kinds as kinds
import api.resources as resources
from api.http.app import create_app
from api.http.example_resources import JOB, PLAN, SECRETARIAT
from api.http.examples import EXAMPLES
from api.http.fields import RECURRING
from api.http.problems import Problem
from api.http.routes import health
from api.http.schemas import PLACE, UNIONS
from api.resources import (
    base,
    comparisons,
    described,
    instances,
    jobs,
    organisations,
    plan_tables,
    plans,
    webhooks,
)
from optimizer.instance import Instance
from optimizer.instance.records import Record
from optimizer.plan import Certificate
from optimizer.vocabulary.plan_tables import COLUMNS, OF_NOTHING, in_nothing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.store import Store

MODULES = (
    base,
    comparisons,
    described,
    health,
    instances,
    jobs,
    organisations,
    plan_tables,
    plans,
    webhooks,
    resources,
    kinds,
)
CLASSES = {"Problem": Problem, "Certificate": Certificate, "Instance": Instance} | {
    name: one
    for module in MODULES
    for name, one in vars(module).items()
    if inspect.isclass(one) and issubclass(one, Record)
}


@pytest.fixture
def document(store: Store) -> dict[str, Any]:
    return create_app(store).openapi()


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_an_example_is_one_of_its_resource(name: str) -> None:
    """And says every field, so that a reader sees what may come."""
    example = EXAMPLES[name]

    read = CLASSES[name].model_validate(example)

    answers = not name.endswith(("Request", "Change", "Problem", "Instance", "TableRow"))
    assert not answers or set(example) == set(type(read).model_fields)


def named(part: Any) -> Iterator[str]:
    """Names of the schemas that a part of the document refers to."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref" and value.startswith(PLACE):
                yield value.removeprefix(PLACE)
            else:
                yield from named(value)
    elif isinstance(part, list):
        for value in part:
            yield from named(value)


def test_whatever_is_sent_or_answered_has_an_example(document: dict[str, Any]) -> None:
    """Pages show the examples of their items, unions those of their parts."""
    schemas = document["components"]["schemas"]
    found = {name for name in named(document["paths"]) if "enum" not in schemas[name]}
    for kind in ("Page", *UNIONS.values()):
        outer = {
            name for name in found if name.endswith(kind) and not schemas[name].get("examples")
        }
        found = (found - outer).union(*(named(schemas[name]) for name in outer))

    assert len(found) > 25
    assert sorted(name for name in found if not schemas[name].get("examples")) == []


def test_no_field_is_silent(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    silent = {name for name, schema in schemas.items() if not schema["description"]}
    for name, schema in schemas.items():
        fields = schema.get("properties", {})
        silent |= {f"{name}.{field}" for field in fields if not fields[field]["description"]}
    parameters = [
        parameter
        for methods in document["paths"].values()
        for operation in methods.values()
        for parameter in operation.get("parameters", [])
    ]
    silent |= {one["name"] for one in parameters if not one.get("description")}

    assert len(schemas["Instance"]["properties"]) > 30
    assert silent == set()


def test_an_identifier_s_example_is_of_its_kind(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["PlanSummary"]["properties"]["id"]["examples"] == [PLAN]
    assert schemas["PlanSummary"]["properties"]["job_id"]["examples"] == [JOB]
    assert schemas["Organisation"]["properties"]["id"]["examples"] == [SECRETARIAT]


def test_the_words_kept_for_recurring_fields_are_used(document: dict[str, Any]) -> None:
    told = {
        field
        for schema in document["components"]["schemas"].values()
        for field in schema.get("properties", {})
    }
    assert set(RECURRING) - told == set()


def test_every_table_of_a_plan_is_described(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    rows = schemas["TableRow"]["properties"]
    operation = document["paths"]["/v1/plans/{plan_id}/tables/{name}"]["get"]
    (name,) = [one for one in operation["parameters"] if one["name"] == "name"]

    assert {column for columns in COLUMNS.values() for column in columns} <= set(rows)
    assert name["schema"] == {"$ref": f"{PLACE}TableName"}
    of_nothing = {in_nothing(one) for one in OF_NOTHING}
    assert set(schemas["TableName"]["enum"]) == {*COLUMNS, "policies", *of_nothing}
    assert all(f"`{one}`" in operation["description"] for one in (*COLUMNS, *of_nothing))


def test_every_number_has_a_unit(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    numbers = {
        f"{name}.{field}": found.get("x-unit")
        for name, schema in schemas.items()
        for field, found in schema.get("properties", {}).items()
        for kind in [part.get("type") for part in found.get("anyOf", [found])]
        if kind in ("number", "integer") and field != "value"
    }

    assert numbers["ChosenProject.fund_musd"].startswith("million USD")
    assert numbers["Job.cpu_s"] == "s"
    assert numbers["Job.attempt"] == "count"
    assert [name for name, unit in numbers.items() if not unit] == []

"""The OpenAPI document shows an example of every resource, and every number has a unit."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest

import api.resources as resources
from api.http.app import create_app
from api.http.examples import EXAMPLES
from api.http.problems import Problem
from api.resources import base, described, instances, jobs, organisations, plans, webhooks
from optimizer.plan import Certificate
from optimizer.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.store import Store

CLASSES = {"Problem": Problem, "Certificate": Certificate} | {
    name: one
    for module in (base, described, instances, jobs, organisations, plans, webhooks, resources)
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

    answers = not name.endswith(("Request", "Change", "Problem"))
    assert not answers or set(example) == set(type(read).model_fields)


def named(part: Any) -> Iterator[str]:
    """Names of the schemas that a part of the document refers to."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref":
                yield value.rpartition("/")[2]
            else:
                yield from named(value)
    elif isinstance(part, list):
        for value in part:
            yield from named(value)


def test_whatever_is_sent_or_answered_has_an_example(document: dict[str, Any]) -> None:
    """Pages show the examples of their items."""
    schemas = document["components"]["schemas"]
    used = set(named(document["paths"]))
    items = {name for page in used if page.startswith("Page_") for name in named(schemas[page])}

    found = {name for name in used | items if not name.startswith("Page_")}
    assert len(found) > 25
    assert sorted(name for name in found if not schemas[name].get("examples")) == []


def test_every_number_has_a_unit(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    numbers = {
        f"{name}.{field}": found.get("unit")
        for name, schema in schemas.items()
        for field, found in schema.get("properties", {}).items()
        for kind in [part.get("type") for part in found.get("anyOf", [found])]
        if kind in ("number", "integer") and field != "value"
    }

    assert numbers["ChosenProject.fund_musd"].startswith("million USD")
    assert numbers["Job.cpu_s"] == "s"
    assert numbers["Job.attempt"] == "count"
    assert [name for name, unit in numbers.items() if not unit] == []

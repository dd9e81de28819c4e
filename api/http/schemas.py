"""The schemas of the OpenAPI document, as generators of clients need them.

Enter: the schemas that come from the resources' classes. Leave: the same with every field
described, a unit for every number and an example for every resource; unions have names, and
whatever has a default may be left out.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from api.http.example_resources import IDENTIFIERS
from api.http.examples import EXAMPLES
from api.http.fields import RECURRING
from api.http.problems import Problem
from api.http.units import unit_of
from api.kinds import KINDS
from api.resources import forms
from api.resources.comparisons import Comparison
from api.resources.plan_tables import DESCRIBED, TableRow
from optimizer.instance import Instance

if TYPE_CHECKING:
    from collections.abc import Iterator

Schema = dict[str, Any]

PLACE = "#/components/schemas/"
OURS = (Problem, Instance, Comparison, TableRow)
"""Classes that no route returns as an object."""
UNIONS = {
    ("LockProject", "ScaleBudget", "SetValue", "SwitchPolicy"): "Change",
    tuple(sorted(kind.request.__name__ for kind in KINDS.values())): "JobRequest",
    ("PlanSummary", "SponsorView"): "PlanView",
}
"""Names of the unions, by their parts."""
MEANINGS = {
    "Change": "One change of an instance, told apart by `kind`.",
    "JobRequest": "What is asked for, told apart by `kind`.",
    "PlanView": "A plan as you may see it, told apart by `view`.",
}


def reference(name: str) -> Schema:
    """A reference to a schema."""
    return {"$ref": f"{PLACE}{name}"}


@cache
def schema_of_instance() -> Schema:
    """The JSON Schema of an instance, by itself: as `docs/instance.schema.json`."""
    return Instance.model_json_schema()


def completed(document: Schema) -> None:
    """Complete the schemas of a document, in their place."""
    schemas: Schema = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for one in OURS:
        schema = one.model_json_schema(ref_template=PLACE + "{model}")
        schemas |= schema.pop("$defs", {})
        schemas[one.__name__] = schema
    schemas["TableName"] = {
        "type": "string",
        "enum": [*DESCRIBED],
        "description": "Name of one of a plan's tables.",
    }
    _name_pages(document, schemas)
    _name_unions(document, schemas)
    for name, schema in schemas.items():
        _complete(name, schema)
    for part in _objects(document):
        _tidy(part)
    document["components"]["schemas"] = dict(sorted(schemas.items()))


def _objects(part: Any) -> Iterator[Schema]:
    """Every object in a part of the document but its examples."""
    if isinstance(part, dict):
        yield part
        for key, value in part.items():
            if key not in ("example", "examples"):
                yield from _objects(value)
    elif isinstance(part, list):
        for value in part:
            yield from _objects(value)


def _name_pages(document: Schema, schemas: Schema) -> None:
    """Call pages of a list what their class is called, and not by how it is made."""
    called = {name: found["title"] for name, found in schemas.items() if name.startswith("Page_")}
    for part in _objects(document):
        name = str(part.get("$ref", "")).removeprefix(PLACE)
        if name in called:
            part |= reference(called[name])
    for name, title in called.items():
        schemas[title] = schemas.pop(name) | {"description": "A part of a list."}


def _name_unions(document: Schema, schemas: Schema) -> None:
    """Give every union a schema of its own, so that generators need not invent names."""
    for part in list(_objects(document)):
        if not isinstance(part.get("discriminator"), dict):
            continue
        parts = tuple(sorted(one["$ref"].removeprefix(PLACE) for one in part["oneOf"]))
        name = UNIONS[parts]
        union = {key: part.pop(key) for key in ("oneOf", "discriminator")}
        part.pop("title", None)
        schemas[name] = union | {"title": name, "description": MEANINGS[name]}
        part |= reference(name)


def _complete(name: str, schema: Schema) -> None:
    """Give a resource its example, and each of its fields what it lacks."""
    if name in EXAMPLES:
        schema["examples"] = [EXAMPLES[name]]
    for field, found in schema.get("properties", {}).items():
        found.pop("title", None)
        _describe(name, field, found)
        kinds = {part.get("type") for part in found.get("anyOf", [found])}
        if kinds & {"number", "integer"} and "string" not in kinds and "unit" not in found:
            found["x-unit"] = unit_of(field)
        if any(part.get("pattern") == forms.RESOURCE for part in found.get("anyOf", [found])):
            example = EXAMPLES.get(name, {}).get(field) or IDENTIFIERS[field]
            found["examples"] = [example]
        if "default" in found:  # Some generators ask for every field that has one.
            default = found.pop("default")
            if default not in (None, "", [], {}):
                said = json.dumps(default, ensure_ascii=False)
                found["description"] += f" Absent, it is {said}."


def _describe(name: str, field: str, found: Schema) -> None:
    """Say what a field means, if it does not say so itself."""
    said = found.get("description")
    if said is None and name == "Instance" and field in Instance.tables():
        said = Instance.tables()[field].__doc__
    if said is None:
        said = RECURRING[field]
    found["description"] = " ".join(said.split())


def _tidy(part: Schema) -> None:
    """Write what JSON Schema allows in the way that most tools read."""
    if isinstance(part.get("unit"), str):
        part["x-unit"] = part.pop("unit")
    pair = part.get("prefixItems")
    if isinstance(pair, list) and all(one == pair[0] for one in pair):
        part["items"] = part.pop("prefixItems")[0]
    values = part.get("additionalProperties")
    if isinstance(values, dict) and all({*one} == {"type"} for one in values.get("anyOf", [{}])):
        part["additionalProperties"] = {"type": [one["type"] for one in values["anyOf"]]}

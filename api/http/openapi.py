"""The OpenAPI document: every error of every route, with one schema for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi

from api.http import answers, schemas
from api.http.example_resources import IDENTIFIERS
from api.http.problems import MEDIA_TYPE
from api.resources import forms

if TYPE_CHECKING:
    from fastapi import FastAPI

REFUSALS = {
    400: "The body cannot be read.",
    401: "No valid key or token.",
    403: "Your role, or your share in it, does not allow this.",
    404: "There is no such resource, or none that you may know of.",
    406: "The resource has no format that you accept.",
    409: "The state of the resource does not allow this.",
    412: "The resource was changed meanwhile.",
    413: "The body is too large.",
    415: "Bodies of this type or encoding are not read.",
    422: "Faults, all of them listed; or an idempotency key that stood for another request.",
    428: "Send If-Match with the entity tag that you have read.",
    429: "Too many requests, or a quota is used up; Retry-After says when to come back.",
    500: "The service failed; nothing that was accepted is lost.",
    503: "The service cannot answer for the moment; try again.",
    507: "The service has no room left.",
}
"""What each status of a refusal means."""

TAGS = [
    {"name": "instances", "description": "Portfolios as they were submitted, and what-ifs."},
    {"name": "jobs", "description": "Work on instances, its progress and its end."},
    {"name": "plans", "description": "What jobs have found, with proof, tables and review."},
    {"name": "organisations", "description": "Tenants, users, keys, quotas and the audit log."},
    {"name": "webhooks", "description": "Signed messages when jobs end."},
    {"name": "operation", "description": "For those who run the service."},
]

DESCRIPTION = """Chooses and proves an alliance's portfolio of critical-mineral projects.

Money is in millions of USD of the instance's base year (M$, `…_musd`), quantities in tonnes
(`…_t`) or kilotonnes (`…_kt`), times in seconds (`…_s`), shares between 0 and 1. Errors are
problems of RFC 9457. Lists are pages; `next` is the cursor of the next one."""


PARTS = {
    "organisation_id": "Identifier of the organisation.",
    "user_id": "Identifier of the user.",
    "key_id": "Identifier of the key.",
    "instance_id": "Identifier of the instance.",
    "job_id": "Identifier of the job.",
    "plan_id": "Identifier of the plan.",
    "resource_id": "Identifier of what is shared.",
    "webhook_id": "Identifier of the receiver.",
    "delivery_id": "Identifier of the message.",
}
"""What stands in paths."""


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route refuses besides what every route does."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": REFUSALS[status], "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }


def document_of(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of the application; made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=DESCRIPTION,
            routes=app.routes,
            tags=TAGS,
            openapi_version=app.openapi_version,
            servers=[{"url": "/", "description": "Where this document comes from."}],
            contact={"name": "Whoever runs this service"},
            license_info={"name": "MIT", "identifier": "MIT"},
        )
        document["components"]["headers"] = answers.HEADERS
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                answers.name(path, method, operation)
                answers.spell(operation)
                _complete(path, method, operation)
                answers.head(method, operation)
                _exemplify(operation)
        schemas.completed(document)
        app.openapi_schema = document
    return app.openapi_schema


def _exemplify(operation: dict[str, Any]) -> None:
    """Say what every parameter is; one that is an identifier has one of its kind as example."""
    for parameter in operation.get("parameters", []):
        found = parameter["schema"]
        found.pop("title", None)
        if parameter["name"] == "name" and parameter["in"] == "path":
            parameter["schema"] = schemas.reference("TableName")
        if parameter["in"] == "path" and parameter["name"] in PARTS:
            parameter["description"] = PARTS[parameter["name"]]
        for part in (found, *found.get("anyOf", []), found.get("items", {})):
            if part.get("pattern") == forms.RESOURCE:
                part["examples"] = [IDENTIFIERS[parameter["name"]]]


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    """Declare what every route of this kind refuses."""
    if not path.startswith("/v1/") or path.endswith("openapi.json"):
        return
    found = operation["responses"]
    found.pop("422", None)
    always = [401, 415, 422, 429, 500, 503]
    if method != "get":
        always += [403, 507]
    if "{" in path:
        always.append(404)
    if "requestBody" in operation:
        always += [400, 413]
    for status, refusal in refusals(*always).items():
        found.setdefault(str(status), refusal)
    operation["responses"] = dict(sorted(found.items()))


def media(*types: str, schema: dict[str, Any] | None = None) -> dict[str, Any]:
    """Content of these media types: binary, or as the schema says."""
    what = schema or {"type": "string", "format": "binary"}
    return {name: {"schema": what} for name in types}


def content(
    found: dict[str, Any], description: str = "The content.", model: object = None
) -> dict[int | str, dict[str, Any]]:
    """The answer 200 of a route that answers with more than one JSON object, or none.

    Args:
        found: schemas by media type, as `media` gives them.
        description: what comes.
        model: class of the JSON that is also given, if it is.
    """
    answer = {"description": description, "content": found}
    return {200: answer if model is None else answer | {"model": model}}

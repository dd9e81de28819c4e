"""The OpenAPI document: every error of every route, with one schema for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi

from api.http.examples import EXAMPLES, unit_of
from api.http.problems import MEDIA_TYPE, Problem

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
        )
        schemas = document["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs")
        schemas["Problem"] = schema
        for name, found in schemas.items():
            _exemplify(name, found)
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                _complete(path, method, operation)
        app.openapi_schema = document
    return app.openapi_schema


def _exemplify(name: str, schema: dict[str, Any]) -> None:
    """Give a resource its example, and each of its numbers its unit."""
    if name in EXAMPLES:
        schema["examples"] = [EXAMPLES[name]]
    for field, found in schema.get("properties", {}).items():
        kinds = {part.get("type") for part in found.get("anyOf", [found])}
        if kinds & {"number", "integer"} and "string" not in kinds:
            found.setdefault("unit", unit_of(field))


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

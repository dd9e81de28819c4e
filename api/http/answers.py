"""The headers of answers in the OpenAPI document, and who may call an operation at all."""

from __future__ import annotations

from typing import Any

from api.http.operation_names import LOCATED, NAMED_FILES, NAMES, TAGGED

HEADERS: dict[str, dict[str, Any]] = {
    "Content-Disposition": {
        "description": "The name of the file (RFC 6266).",
        "schema": {"type": "string", "examples": ['attachment; filename="tiny.xlsx"']},
    },
    "Content-Location": {
        "description": "Path of the job that is answered.",
        "schema": {"type": "string"},
    },
    "ETag": {
        "description": "Tag of what is answered: for If-None-Match and, where it is asked for, "
        "If-Match.",
        "schema": {"type": "string", "examples": ['"1"']},
    },
    "Location": {
        "description": "Path of what was made.",
        "schema": {"type": "string", "examples": ["/v1/jobs/job_cc54f0a2d7e9b16384120f5a"]},
    },
    "Preference-Applied": {
        "description": "What of `Prefer` was done.",
        "schema": {"type": "string", "examples": ["wait=30"]},
    },
    "RateLimit-Limit": {
        "description": "Requests that you may send in a minute.",
        "schema": {"type": "integer", "x-unit": "count"},
    },
    "RateLimit-Remaining": {
        "description": "How many of them are left.",
        "schema": {"type": "integer", "x-unit": "count"},
    },
    "RateLimit-Reset": {
        "description": "When there are more again.",
        "schema": {"type": "integer", "x-unit": "s"},
    },
    "Retry-After": {
        "description": "When to come back.",
        "schema": {"type": "integer", "x-unit": "s"},
    },
    "WWW-Authenticate": {
        "description": "How to say who you are.",
        "schema": {"type": "string", "examples": ["Bearer"]},
    },
    "X-Request-ID": {
        "description": "Identifier of this request; quote it when you ask the operator.",
        "schema": {"type": "string"},
    },
}
"""Every header that a client may want to read."""
COUNTED = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
OPEN = ("get_liveness", "get_readiness", "get_metrics")
"""Operations that want no key."""
SPELT = {
    "idempotency-key": "Idempotency-Key",
    "identity-token": "Identity-Token",
    "if-match": "If-Match",
    "last-event-id": "Last-Event-ID",
    "prefer": "Prefer",
}
"""Headers of requests, as they are written."""
STREAM = "text/event-stream"


def name(path: str, method: str, operation: dict[str, Any]) -> str:
    """Give an operation its name, and say whether it wants a key."""
    operation["operationId"] = NAMES[f"{method} {path}"]
    operation["description"] = operation["description"].partition("\n\nRaises:")[0]
    if operation["operationId"] in OPEN:
        operation["security"] = []
    return str(operation["operationId"])


def spell(operation: dict[str, Any]) -> None:
    """Write the headers of requests as RFCs do; what cannot be left out is required."""
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "header":
            parameter["name"] = SPELT[parameter["name"]]
        if parameter["name"] == "If-Match":  # Whoever leaves it out gets 428.
            parameter |= {"required": True, "schema": {"type": "string", "examples": ['"1"']}}


def head(method: str, operation: dict[str, Any]) -> None:
    """Declare the headers of every answer of an operation."""
    called = operation["operationId"]
    for status, answer in operation["responses"].items():
        for content in answer.get("content", {}).values():
            content["schema"].pop("title", None)
        names = ["X-Request-ID"]
        if called not in OPEN and status != "401":
            names += COUNTED
        if status == "401":
            names.append("WWW-Authenticate")
        if status in ("429", "503"):
            names.append("Retry-After")
        if status.startswith("2"):
            names += _of_success(method, called, answer)
            if called == "submit_job" and status == "200":
                names += ["Content-Location", "Preference-Applied"]
        answer["headers"] = {one: {"$ref": f"#/components/headers/{one}"} for one in sorted(names)}


def _of_success(method: str, called: str, answer: dict[str, Any]) -> list[str]:
    names = []
    if called in TAGGED or (method == "get" and STREAM not in answer.get("content", {})):
        names.append("ETag")
    if called in LOCATED:
        names.append("Location")
    if called in NAMED_FILES:
        names.append("Content-Disposition")
    return names

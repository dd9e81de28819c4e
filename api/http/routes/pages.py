"""What a person sees who opens the service in a browser: where to go, and the API's own page.

The page is Swagger UI, whose files come with the package fastapi-offline: nothing is loaded from
elsewhere, so that it works without internet.
"""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from fastapi import APIRouter, Request, Response

from api.errors import NotFound

router = APIRouter(include_in_schema=False)

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""Swagger UI sets styles by attributes; scripts come from files alone."""
PAGE = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Lodestone: the API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="page">The API's page needs JavaScript; the document itself is
<a href="/v1/openapi.json">/v1/openapi.json</a>.</div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
START = b"""SwaggerUIBundle({
  url: "/v1/openapi.json",
  dom_id: "#page",
  deepLinking: true,
  persistAuthorization: false,
  validatorUrl: null,
});
"""
LIBRARY = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}


class Packed(NamedTuple):
    """A file as it is served, compressed once."""

    plain: bytes
    small: bytes
    kind: str
    tag: str


@router.get("/")
def home() -> dict[str, str]:
    """Where to go from here."""
    return {
        "service": "Lodestone",
        "openapi": "/v1/openapi.json",
        "instance_schema": "/v1/instance.schema.json",
        "page": "/docs",
        "alive": "/livez",
        "ready": "/readyz",
    }


@router.get("/docs")
def page(request: Request) -> Response:
    """The API's page."""
    answer = _answer(request, packed(PAGE, "text/html"))
    answer.headers["Content-Security-Policy"] = PAGE_POLICY
    return answer


@router.get("/docs/{name}")
def part(name: str, request: Request) -> Response:
    """A file of the page."""
    if name == "start.js":
        return _answer(request, packed(START, "text/javascript"))
    if name not in LIBRARY:
        raise NotFound
    return _answer(request, _library(name))


@cache
def packed(content: bytes, kind: str) -> Packed:
    """A content in both its forms."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    return Packed(content, gzip.compress(content, mtime=0), f"{kind}; charset=utf-8", tag)


@cache
def _library(name: str) -> Packed:
    content = files("fastapi_offline").joinpath("static", name).read_bytes()
    return packed(content, LIBRARY[name])


def _answer(request: Request, found: Packed) -> Response:
    small = "gzip" in request.headers.get("accept-encoding", "")
    headers = {"ETag": found.tag, "Vary": "Accept-Encoding", "Cache-Control": "no-cache"}
    if small:
        headers["Content-Encoding"] = "gzip"
    return Response(found.small if small else found.plain, headers=headers, media_type=found.kind)

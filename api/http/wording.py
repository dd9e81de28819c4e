"""What is wrong with a request in our own words: never the library's, never what was sent.

Enters: the validator's errors, each with its kind, its place and what it had expected. Leaves: a
sentence and a place for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.errors import Invalid, Place
from api.reading.faults import LONGEST_QUOTE, cut, printable
from api.resources.forms import FORMS
from optimizer.instance.validation.kinds import UNDOCUMENTED, words_for

if TYPE_CHECKING:
    from fastapi.exceptions import RequestValidationError

MOST_FAULTS = 100
"""Faults of a request that are listed, its submitted instance apart."""
DEEPEST = 8
"""Parts of a field's path that are told."""


def invalid_of(errors: RequestValidationError) -> Invalid:
    """What is wrong with a request: the fields' names and what they must be, no value."""
    found = [_fault(dict(error), errors.body) for error in errors.errors()[:MOST_FAULTS]]
    return Invalid.at(found, max(0, len(errors.errors()) - len(found)))


def _fault(error: dict[str, Any], body: Any) -> tuple[Place, str]:
    """Where something is wrong, and what, in words."""
    part, *path = error["loc"]
    kind, expected = error["type"], error.get("ctx", {})
    if kind == "json_invalid":
        return Place(part="body"), f"is not valid JSON: {expected['error']}"
    path = _without_tags(path, body) if part == "body" else path
    if kind.startswith("union_tag"):  # What is wrong is the field that tells the kinds apart.
        path = [*path, expected["discriminator"].strip("'")]
    field = ".".join(cut(printable(str(one)), LONGEST_QUOTE) for one in path[:DEEPEST])
    return Place(part=str(part), field=field), _words(kind, expected)


def _words(kind: str, expected: dict[str, Any]) -> str:
    if kind == "string_pattern_mismatch":
        return FORMS.get(expected["pattern"], UNDOCUMENTED)
    if kind == "value_error":  # Our own validators' words.
        return cut(printable(str(expected["error"])), 2 * LONGEST_QUOTE)
    return words_for(kind, expected)


def _without_tags(path: list[Any], body: Any) -> list[Any]:
    """The path as the sender sees it: the validator names also which kind of object it took."""
    kept = []
    for one in path:
        if isinstance(body, dict) and one not in body and one == body.get("kind"):
            continue
        kept.append(one)
        if isinstance(body, dict):
            body = body.get(one)
        elif isinstance(body, list) and isinstance(one, int) and one < len(body):
            body = body[one]
        else:
            body = None
    return kept

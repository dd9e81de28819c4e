"""What a value must be, by the validator's kind of error: words of ours for each.

Enters: an error of pydantic. Leaves: the end of a sentence about the field. A kind that is not
listed is told as not what is documented, so that no version of the library speaks for us.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

UNDOCUMENTED = "is not what is documented for it"
MOMENT = "must be a moment with its time zone, such as 2026-11-21T09:06:49Z"
A_LIST, AN_OBJECT = "must be a list", "must be an object of fields"
WHOLE, NUMBER, TRUTH = "must be a whole number", "must be a number", "must be true or false"
WORDS = {
    "missing": "is missing",
    "extra_forbidden": "there is no such field",
    "string_type": "must be text",
    "string_unicode": "is not Unicode text",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "bool_type": TRUTH,
    "bool_parsing": TRUTH,
    "int_type": WHOLE,
    "int_parsing": WHOLE,
    "int_from_float": WHOLE,
    "int_parsing_size": "has too many digits",
    "float_type": NUMBER,
    "float_parsing": NUMBER,
    "finite_number": "must be a finite number",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "union_tag_invalid": "must be one of {expected_tags}",
    "union_tag_not_found": "is missing",
    "none_required": "must be null",
    "tuple_type": A_LIST,
    "list_type": A_LIST,
    "set_type": A_LIST,
    "frozen_set_type": A_LIST,
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "dict_type": AN_OBJECT,
    "model_type": AN_OBJECT,
    "model_attributes_type": AN_OBJECT,
    "datetime_type": MOMENT,
    "datetime_parsing": MOMENT,
    "datetime_from_date_parsing": MOMENT,
    "datetime_object_invalid": MOMENT,
    "timezone_aware": MOMENT,
}


def words_for(kind: str, expected: Mapping[str, Any]) -> str:
    """What a field must be.

    Args:
        kind: the validator's `type` of the error.
        expected: its `ctx`, what it had wanted.
    """
    plain = {
        name: f"{value:g}" if isinstance(value, float) else value
        for name, value in expected.items()
    }
    return WORDS.get(kind, UNDOCUMENTED).format(**plain)

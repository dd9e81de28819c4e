"""The forms that texts of requests must have, each with the words for one that has not.

A fault says what the form is, as nobody reads a regular expression.
"""

from __future__ import annotations

from optimizer.instance.records.base import COUNTRY_PATTERN, ID_PATTERN, TEXT_PATTERN

RESOURCE = "^[a-z]{3,4}_[0-9a-f]{24}$"
LINE = r"^[^\x00-\x1f\x7f\ufffe\uffff]*$"
PROSE = r"^[^\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]*$"
SHA256 = "^[0-9a-f]{64}$"
CURRENCY = "^([A-Z]{3})?$"
URL = r"^https?://[^\s\x00-\x1f\x7f\\]+$"
DOMAIN = r"^[a-z0-9]([a-z0-9.\-]*[a-z0-9])?$"
SUBJECT = r"^[\x20-\x7e]+$"
SCOPED = "^(ins|job|plan)_[0-9a-f]{24}$"
EXAMPLE = "plan_4f2c7e9a1b3d5f6071829304"
SEVERAL_LINES = "must be text without control characters other than line ends and tabs"
FORMS = {
    RESOURCE: f"must be an identifier as the service gives them, such as {EXAMPLE}",
    SCOPED: f"must be the identifier of an instance, a job or a plan, such as {EXAMPLE}",
    LINE: "must be one line without control characters",
    PROSE: SEVERAL_LINES,
    TEXT_PATTERN: SEVERAL_LINES,
    SHA256: "must be a SHA-256, 64 hexadecimal digits in small letters",
    COUNTRY_PATTERN: "must be an ISO 3166-1 alpha-3 code, such as CHL",
    CURRENCY: "must be an ISO 4217 code, such as EUR, or empty",
    URL: "must be an address that begins with https://, without blanks and backslashes",
    DOMAIN: "must be a domain in small letters, such as fin.example",
    SUBJECT: "must be printable ASCII characters",
    ID_PATTERN: "must be an identifier: a letter or digit, then letters, digits, - and _",
}

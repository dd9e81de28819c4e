"""Output that any terminal, pipe or file takes, whatever its encoding.

Standard output and error of an old terminal, or of a pipe with a national encoding, do not know
every character of a report. What they do not know is written with others that say the same.
"""

from __future__ import annotations

import codecs
import sys
import unicodedata

INSTEAD = {
    "→": "->",
    "…": "...",
    "–": "-",
    "—": "-",
    "−": "-",
    "·": ".",
    "≤": "<=",
    "≥": ">=",
    "×": "x",
    "\N{NO-BREAK SPACE}": " ",
    "\N{NARROW NO-BREAK SPACE}": " ",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
}
"""Characters of reports in ASCII."""
HANDLER = "lodestone.replace"


def take_any_text() -> None:
    """Let standard output and error replace what their encoding lacks."""
    codecs.register_error(HANDLER, _replaced)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors=HANDLER)


def takes(text: str) -> bool:
    """Whether standard output knows every character of a text."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeError:
        return False
    return True


def _replaced(trouble: UnicodeError) -> tuple[str, int]:
    if not isinstance(trouble, UnicodeEncodeError):
        raise trouble
    text = trouble.object[trouble.start : trouble.end]
    return "".join(_in_ascii(letter) for letter in text), trouble.end


def _in_ascii(letter: str) -> str:
    """A character in ASCII: its own replacement, or its base letters, or a question mark."""
    if letter in INSTEAD:
        return INSTEAD[letter]
    base = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode("ascii")
    return base or "?"

"""Names as people write them: which table a sheet, file or heading means, or nearly means."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from optimizer.errors import Fault
from optimizer.instance import Instance
from optimizer.instance.validation.words import nearest

SETTINGS = "settings"
SLIP = 0.75
"""Likeness from which a name is taken for a misspelt table: `country`, not `pictures`."""
REMARK = "_"
"""What the name of a sheet, file or column begins with that is not to be read."""
WORDS = re.compile(r"[^\W\d_]+")
MARKS = frozenset({
    "backup", "copia", "copie", "copy", "data", "draft", "export", "final", "kopie", "list", "new",
    "of", "old", "rev", "sheet", "tab", "table", "updated", "v", "ver", "version", "von", "de",
})  # fmt: skip
"""Words that do not change what a name means: `projects (final)`, `Copy of projects`."""


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """A name without capitals, blanks and signs: `Capex (M USD)` and `capex_musd` are one."""
    text = unicodedata.normalize("NFKC", name).casefold()
    return "".join(one for one in text if one.isalnum())


@lru_cache(maxsize=1024)
def table_named(name: str) -> str:
    """The table, or `settings`, that a sheet's name says, however it is written; else nothing."""
    return _by_folded().get(folded(name), "")


@cache
def _by_folded() -> dict[str, str]:
    return {folded(name): name for name in (SETTINGS, *Instance.tables())}


def singular(name: str) -> str:
    """A name in lower case without the ending of its plural."""
    name = folded(name)
    return name[:-3] + "y" if name.endswith("ies") else name.removesuffix("s")


def stripped(name: str) -> str:
    """A name without numbers, and without words that do not change what it means."""
    words = WORDS.findall(unicodedata.normalize("NFKC", name).casefold())
    return singular("".join(word for word in words if word not in MARKS))


@lru_cache(maxsize=1024)
def table_meant(name: str) -> str:
    """The table, or `settings`, that a name resembles: `projects 2026`, `policy`; else nothing."""
    known = _by_folded() | {"instance": SETTINGS}
    for reduced in (singular, stripped):
        alike = {reduced(table): table for table in (*known.values(), "instance")}
        if found := alike.get(reduced(name)):
            return SETTINGS if found == "instance" else found
    return known.get(nearest(folded(name), frozenset(_by_folded()), SLIP), "")


def unknown_sheet(file: str, name: str) -> Fault:
    """The fault of a sheet that is no table: an error where a slip is likely."""
    what = f"the sheet '{name}' is no table of an instance"
    meant = table_meant(name)
    if meant:
        remedy = f"rename it, or begin its name with '{REMARK}' if it is not to be read"
        return Fault(file, None, "", f"{what} (did you mean {meant}?): {remedy}")
    return Fault(file, None, "", f"{what} and is not read", "warning")

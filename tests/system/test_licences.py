"""What is installed with Lodestone may be used in a product that is not open source itself."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement

COPYLEFT = re.compile(r"\b(A?GPL|GNU (AFFERO )?GENERAL PUBLIC)", re.IGNORECASE)


def needed(name: str, extras: frozenset[str], found: dict[str, str]) -> None:
    """Add a distribution and everything that it needs when it runs, with their licences."""
    try:
        known = distribution(name)
    except PackageNotFoundError:
        return  # Needed on other systems only.
    stated = [known.metadata["License-Expression"] or "", known.metadata["License"] or ""]
    classifiers = [
        line for line in known.metadata.get_all("Classifier", []) if line.startswith("License ::")
    ]
    found[name] = "; ".join([stated[0] or stated[1][:80], *classifiers])
    for line in known.requires or []:
        wanted = Requirement(line)
        marker = wanted.marker
        applies = marker is None or any(
            marker.evaluate({"extra": extra}) for extra in {"", *extras}
        )
        if applies and wanted.name.lower() not in found:
            needed(wanted.name.lower(), frozenset(wanted.extras), found)


def test_no_dependency_at_run_time_is_gpl() -> None:
    """LGPL libraries are used as they are; GPL and AGPL ones are not used at all."""
    found: dict[str, str] = {}
    needed("lodestone", frozenset(), found)

    assert {"psycopg", "pyomo", "highspy", "fastapi"} <= set(found)
    guilty = {
        name: licence
        for name, licence in found.items()
        if COPYLEFT.search(re.sub(r"LGPL|LESSER GENERAL PUBLIC", "", licence, flags=re.IGNORECASE))
    }
    assert guilty == {}
    nameless = [name for name, licence in found.items() if not licence.strip("; ")]
    assert nameless == []

"""Ids of drafted projects, and the rules between projects of one company or site."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from optimizer.catalogue.drafting.basis import TableRow, graded

if TYPE_CHECKING:
    from optimizer.catalogue.drafting.costs import Plant

LONGEST = 40
"""Letters of a name in an id."""


def id_of(row: dict[str, Any]) -> str:
    """Id of a project: that of the catalogue and its name."""
    words = re.sub(r"[^a-z0-9]+", "-", f"{row['id']} {row['name']}".lower())
    return words[:LONGEST].strip("-")


def relations(drafted: list[Plant]) -> list[TableRow]:
    """Of two designs of one plant at most one; a refinery of a group needs its mine."""
    known = {plant.row["id"]: plant for plant in drafted}
    found = []
    for plant in drafted:
        for other in filter(None, str(plant.row["alternative_of"] or "").split(";")):
            if other in known and other > plant.row["id"]:
                found.append(relation("excludes", plant, known[other], "designs of one plant"))
    for plant in drafted:
        mine = mine_of(plant, drafted)
        if mine is not None:
            told = f"one company's chain, {plant.row['chain_group']}"
            found.append(relation("requires", plant, mine, told))
    return found


def mine_of(plant: Plant, drafted: list[Plant]) -> Plant | None:
    """The mine of a refinery's group that is not built yet; none if there is no such mine."""
    group = plant.row["chain_group"]
    if not group or plant.form != "refinery" or plant.row["status"] == "ramp-up":
        return None
    for other in drafted:
        fits = other.row["chain_group"] == group and other.form == "mine"
        if fits and other.chain is plant.chain and other.row["status"] != "ramp-up":
            return other
    return None


def relation(kind: str, first: Plant, second: Plant, told: str) -> TableRow:
    """One relation between two projects."""
    pair = (id_of(first.row), id_of(second.row))
    return {
        "id": f"{first.row['id'].lower()}-{kind}-{second.row['id'].lower()}",
        "kind": kind,
        "projects": pair,
        **graded("derived", told, first.row["source"]),
    }

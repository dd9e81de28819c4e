"""The choice: what is started, and what that asks of other projects.

Enters: a case. Leaves: the rows of rules 1 and 2, exact because a start is a row of a table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.checker.rows import Rows, at_most, holds

if TYPE_CHECKING:
    from optimizer.checker.case import Case
    from optimizer.instance.records import Relation


def once(case: Case) -> list[Rows]:
    """Rule 1 once: only candidates are started, each once, in its window and as it is locked.

    w[p,t] ≥ w[p,t−1] within the window; w[p,g] = 1 where p goes ahead alone at g; the last w of
    the window is 1 where `locked` is in, and no w is 1 where it is out.
    """
    projects = case.instance.projects
    rows = case.answer.choice
    chosen, year = rows["project"], rows["year"]
    labels = ([projects[p].id for p in chosen],)
    first, last = case.calendar.first_start[chosen], case.calendar.last_start[chosen]
    alone = case.calendar.alone
    repeated = np.bincount(chosen, minlength=len(projects)) > 1
    locked = np.array([row.locked for row in projects], dtype=object)
    every = (case.network.labels("projects"),)
    missing = ~case.started & case.candidate
    return [
        holds(case.candidate[chosen], labels, "is no candidate and cannot be started"),
        holds(~repeated, every, "is started more than once"),
        holds((first <= year) & (year <= last), labels, "is started outside its window"),
        holds(
            (rows["alone"] == 1) == (year == alone[chosen]),
            labels,
            "counts as alone in the year in which it goes ahead by itself, and in no other",
        ),
        holds(~missing | (alone < 0), every, "goes ahead by itself and is not started"),
        holds(~missing | (locked != "in"), every, "is locked in and not started"),
        holds(~case.started | (locked != "out"), every, "is locked out and started"),
    ]


def relations(case: Case) -> list[Rows]:
    """Rule 2 relations: what a start requires, what excludes each other, groups.

    requires: w[p,t] ≤ w[q,t−lag] in p's window; excludes: Σ_p w[p,T] ≤ 1; group:
    least ≤ Σ_p w[p,T] ≤ most. Operating and committed projects count as 1.
    """
    return [row for relation in case.instance.relations for row in _related(case, relation)]


def _related(case: Case, relation: Relation) -> list[Rows]:
    """The rows of one relation."""
    listed = case.network.at("projects", relation.projects)
    there = case.started | ~case.candidate
    count = float(np.sum(there[listed]))
    axes = ([relation.id],)
    if relation.kind == "excludes":
        return [at_most(np.array([count]), 1.0, axes, "takes more than one")]
    if relation.kind == "group":
        most = np.inf if relation.most is None else relation.most
        return [
            at_most(np.array([count]), most, axes, "takes too many of the group"),
            at_most(np.array([-count]), -relation.least, axes, "takes too few of the group"),
        ]
    first, needed = int(listed[0]), int(listed[1])
    if not case.started[first] or not case.candidate[needed]:
        return []
    start = case.answer.start
    in_time = case.started[needed] and start[needed] + relation.lag_years <= start[first]
    return [holds(np.array([in_time]), axes, "lacks what it requires, or has it too late")]

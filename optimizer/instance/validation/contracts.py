"""Contracts: what each kind needs, when it can be signed, and what it has no use for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.instance.validation.findings import Draft, Finding, Rule, error, warning
from optimizer.instance.validation.shares import ROUNDED
from optimizer.instance.validation.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.instance.records import Contract, Project

ONLY_FOR = {
    "price_usd_per_t": "price_floor",
    "upside_share": "price_floor",
    "offtake_share": "offtake",
    "take_share": "offtake",
}
"""Fields that only one kind of contract uses."""


def known(draft: Draft) -> Iterator[tuple[Contract, Project]]:
    """Contracts with their projects, as far as these could be read."""
    for row in draft.instance.contracts:
        project = draft.projects.get(row.project)
        if project is not None:
            yield row, project


def signing(draft: Draft) -> Iterator[Finding]:
    """A candidate's contract is signed at its start, any other in its signing year."""
    for row, project in known(draft):
        if project.status == "candidate":
            if row.signing_year is not None:
                message = "is for operating and committed projects; a candidate signs at its start"
                yield error(row, "signing_year", message)
        elif row.signing_year is None:
            message = f"project '{project.id}' is {project.status}: say when it can be signed"
            yield error(row, "signing_year", message)
        elif row.signing_year not in draft.years:
            first, last = draft.instance.settings.first_year, draft.instance.settings.last_year
            message = f"{row.signing_year} is outside the horizon {first}–{last}"
            yield error(row, "signing_year", message)


def terms(draft: Draft) -> Iterator[Finding]:
    """Each kind has its terms and not those of the other."""
    for row in draft.instance.contracts:
        for name, kind in ONLY_FOR.items():
            if getattr(row, name) and row.kind != kind:
                yield warning(row, name, f"{row.kind} does not use it; {kind} does")
        if row.tenor_years == 0:
            yield error(row, "tenor_years", "is 0: the contract is never in force")
        if row.kind == "price_floor" and row.price_usd_per_t == 0:
            yield warning(row, "price_usd_per_t", "is 0: the floor never pays")
        if row.kind == "offtake" and row.offtake_share == 0:
            yield warning(row, "offtake_share", "is 0: the alliance gets no more than without it")


def subjects(draft: Draft) -> Iterator[Finding]:
    """What is floored has a price, and no more than all of the output is taken."""
    for row, project in known(draft):
        if row.kind == "price_floor" and project.main_material is None:
            message = f"project '{project.id}' has no main_material whose price could be floored"
            yield error(row, "project", message)
        together = project.offtake_share + row.offtake_share
        if row.kind == "offtake" and together > 1 + ROUNDED:
            message = (
                f"with offtake_share {project.offtake_share:g} of project '{project.id}' makes "
                f"{together:g}, more than all of the output"
            )
            yield error(row, "offtake_share", message)


def parties(draft: Draft) -> Iterator[Finding]:
    """A price floor needs members to pay it."""
    if draft.instance.members:
        return
    for row in draft.instance.contracts:
        if row.kind == "price_floor":
            yield error(row, "kind", "there is no member to pay for a price floor")


def idle_bankability(draft: Draft) -> Iterator[Finding]:
    """Bankability that changes nothing."""
    for row, project in known(draft):
        why = [
            reason
            for reason, applies in (
                (f"is {project.status}", project.status != "candidate"),
                ("is bankable already", project.bankable),
                ("has no private appetite", project.private_appetite == 0),
            )
            if applies
        ]
        if row.bankable and why:
            message = f"changes nothing: project '{project.id}' {listed(why)}"
            yield warning(row, "bankable", message)


RULES = (
    Rule(signing, ("settings", "projects")),
    Rule(terms),
    Rule(subjects, ("projects",)),
    Rule(parties, ("members",)),
    Rule(idle_bankability, ("projects",)),
)

"""What a plan keeps of its operation, and what is to be known of what it does not say.

Enters: a complete plan. Leaves: the plan with the operation of some scenarios, or the remarks that
come with its certificate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.errors import InvalidOptions
from optimizer.plan import Tables, altered
from optimizer.vocabulary.plan_tables import COLUMNS, OPERATION
from optimizer.vocabulary.versions import MODEL

if TYPE_CHECKING:
    from collections.abc import Collection

    from optimizer.instance import Instance
    from optimizer.plan import Columns, Options, Plan


PRECISE = 1e-6
"""Share of its size within which a bound is the same as another."""


def refuse_unknown(instance: Instance, options: Options) -> None:
    """Refuse options that keep scenarios which the instance does not have.

    Raises:
        InvalidOptions: naming them, and the scenarios that there are.
    """
    known = [row.id for row in instance.scenarios]
    named = () if isinstance(options.keep, str) else options.keep
    if unknown := sorted(set(named) - set(known)):
        raise InvalidOptions(
            f"keep: {', '.join(map(repr, unknown))} is no scenario of {instance.settings.id}; it "
            f"has {', '.join(known)} (all and marked are words for every one and for the least)"
        )


def kept_part(plan: Plan, instance: Instance) -> Plan:
    """The plan with as much of its operation as its options ask for, its certificate saying so.

    Kept are the nominal scenario, those that must be survived, those that are named, and every
    scenario whose operation serves one of these, so that what years leave to each other is there.
    """
    keep = plan.options.keep
    if keep == "all" or not plan.found:
        return plan
    named = () if isinstance(keep, str) else keep
    wanted = {
        row.id for row in instance.scenarios if row.nominal or row.must_survive or row.id in named
    }
    serving = [plan.tables, *([plan.do_nothing] if plan.do_nothing is not None else [])]
    while more := {one for tables in serving for one in _serving(tables, wanted)} - wanted:
        wanted |= more
    kept = tuple(row.id for row in instance.scenarios if row.id in wanted)
    if len(kept) == len(instance.scenarios):
        return plan
    part = altered(
        plan,
        tables=_of_scenarios(plan.tables, wanted),
        do_nothing=None if plan.do_nothing is None else _of_scenarios(plan.do_nothing, wanted),
        kept=kept,
    )
    if plan.certificate is None:
        return part
    remarks = remarks_of(part, at_solve=True)
    return altered(part, certificate=plan.certificate.replaced(remarks=remarks))


def remarks_of(plan: Plan, *, at_solve: bool = False) -> tuple[str, ...]:
    """What is not recomputed of a plan and whose word it is, in sentences.

    Args:
        plan: any plan.
        at_solve: whether all was recomputed before a part of it was dropped.
    """
    if not plan.found:
        return ()
    proof, found = plan.proof, []
    if proof.bound is not None:
        found.append(_word_of_the_solver(plan, proof.bound))
    if plan.do_nothing is None and proof.do_nothing is not None:
        found.append("Do-nothing is the solver's word: this plan keeps no tables of it.")
    if plan.kept is not None:
        found.append(_not_kept(plan, plan.kept, at_solve=at_solve))
    if plan.model != MODEL:
        found.append(
            f"The plan was judged by model {plan.model}, and the rules of now are model {MODEL}: "
            "where a recomputation differs, the rules may have changed rather than the plan be "
            "wrong."
        )
    return tuple(found)


def _word_of_the_solver(plan: Plan, bound: float) -> str:
    """What of the bound, and of what further steps were granted, rests on the solver alone."""
    granted = plan.proof.granted is not None
    what, rests = ("The bound", "is the solver's word: only its arithmetic is checked.")
    verified = None if plan.certificate is None else plan.certificate.verified_bound
    if verified is not None and abs(bound - verified) <= PRECISE * abs(bound) and not granted:
        return "The bound is verified: it rests on nobody's word."
    if verified is not None:
        what = "What lies between the verified bound and the bound"
    if granted:
        what += ", and what further steps were granted,"
        rests = "are the solver's word: only their arithmetic is checked."
    return f"{what} {rests}"


def _not_kept(plan: Plan, kept: Collection[str], *, at_solve: bool) -> str:
    """How much operation is not kept, and on whose word what it comes to stands."""
    blocks = plan.tables.columns("operated_as")["block"]
    gone = sum(block not in kept for block in blocks)
    word = "was recomputed before it was dropped" if at_solve else "is the plan's word (`amounts`)"
    return (
        f"Operation of {gone:,} of {len(blocks):,} scenario-years is not kept: what it comes to, "
        f"and what projects earn in it, {word}."
    )


def _serving(tables: Tables, wanted: Collection[str]) -> set[str]:
    """The scenarios whose operation serves some scenarios in a year."""
    rows = tables.columns("operated_as")
    pairs = zip(rows["scenario"], rows["block"], strict=True)
    return {block for scenario, block in pairs if scenario in wanted}


def _of_scenarios(tables: Tables, wanted: Collection[str]) -> Tables:
    """Tables with the operation of some scenarios; the others are as they were."""
    given = {name: tables.columns(name) for name in COLUMNS}
    for table in OPERATION:
        given[table.name] = _rows_of(given[table.name], wanted)
    return Tables(**given)


def _rows_of(rows: Columns, wanted: Collection[str]) -> Columns:
    places = [place for place, scenario in enumerate(rows["scenario"]) if scenario in wanted]
    return {column: [values[place] for place in places] for column, values in rows.items()}

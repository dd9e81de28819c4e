"""How firm a plan is: what its choice would be worth where what its worth leans on is otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.presentation.report.layout import Grid, Section
from optimizer.presentation.report.words import amount, number_of, percent

if TYPE_CHECKING:
    from optimizer.plan import Plan
    from optimizer.plan.firm_case import FirmCase, FirmName
    from optimizer.plan.legend import Legend

TITLE = "How firm"
IN_WORDS: dict[FirmName, str] = {
    "half_salvage": "what outlives the last year counts by half",
    "half_shortage_cost": "going short costs half",
    "shocks_earlier": "every shock comes two years earlier",
    "shocks_later": "every shock comes two years later",
    "failures": "projects fail or not, by draw",
}
NOTHING = 0.005
"""Amounts under which two are the same."""


def how_firm(plan: Plan, legend: Legend | None) -> Section:
    """One row for each case, beside the plan's worth; nothing where it was not asked for."""
    stated = plan.proof
    if not stated.firm or stated.worth is None:
        return Section(TITLE)
    unit = legend.objective_unit if legend else ""
    rows = [("as planned", amount(stated.worth), "")]
    rows += [(IN_WORDS[one.case], _worth(one), _change(one, stated.worth)) for one in stated.firm]
    terms = (
        "The same starts and contracts, priced again where one thing is otherwise, against doing "
        "nothing there. This is the solver's word, not recomputed by the checker."
    )
    notes = tuple(note for one in stated.firm for note in _notes(one, unit))
    worth = f"worth, {unit}" if unit else "worth"
    return Section(TITLE, (terms,), Grid(("where", worth, "change"), "lrr", tuple(rows)), notes)


def _worth(one: FirmCase) -> str:
    if one.ended == "not_kept":
        return "not kept"
    return "–" if one.worth is None else amount(one.worth)


def _change(one: FirmCase, worth: float) -> str:
    """What the worth changes by, as a share of the plan's where it has one."""
    if one.worth is None:
        return ""
    change = one.worth - worth
    if abs(change) < NOTHING:
        return "none"
    if worth < NOTHING:
        return f"{change:+,.2f}"
    return f"{'+' if change > 0 else '−'}{percent(abs(change) / worth)}"


def _notes(one: FirmCase, unit: str) -> list[str]:
    """What the row of a case does not say."""
    if one.ended == "not_solved":
        return [f"The solver gave no answer to trust where {IN_WORDS[one.case]}."]
    if one.case == "failures":
        return [_of_draws(one, unit)]
    if one.ended == "not_kept":
        return [f"Where {IN_WORDS[one.case]} no money and operation keep the plan's rules."]
    said = []
    if one.ended == "cut_short":
        said.append(f"There was no time left to see what it is worth where {IN_WORDS[one.case]}.")
    if one.gone:
        gone = number_of(one.gone, "shock has", "shocks have")
        said.append(f"Where {IN_WORDS[one.case]} {gone} left the horizon.")
    return said


def _of_draws(one: FirmCase, unit: str) -> str:
    """What the draws say beside their mean."""
    if one.worth is None:
        done = f" after {number_of(one.draws, 'combination')}" if one.draws else ""
        return f"There was no time left to draw failures{done}."
    if one.is_complete:
        what = f"All {number_of(one.draws, 'combination')} of failures, by their probability"
        tail = "the mean is exact"
    else:
        early = ", for which there was time" if one.ended == "cut_short" else ""
        what = f"{number_of(one.draws, 'draw')} of failures{early}"
        error = one.standard_error
        tail = (
            "one draw has no standard error"
            if error is None
            else f"the standard error of the mean is {_with(error, unit)}"
        )
    loses = (
        "in none it is worth less than nothing"
        if not one.loss_share
        else f"in {percent(one.loss_share)} it is worth less than nothing"
    )
    low = (
        ""
        if one.low is None
        else f" In the worst twentieth it is worth {_with(one.low, unit)} or less;"
    )
    return (
        f"{what}: {tail}.{low} {loses}. Commitments stay and what fails returns nothing; policies, "
        "which rule 9 judges by what is expected, bind no draw."
    )


def _with(value: float, unit: str) -> str:
    return f"{amount(value)} {unit}".rstrip()

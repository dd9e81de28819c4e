"""What is decided: the projects, their money, and what each member pays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.presentation.report.layout import Grid, Section
from optimizer.presentation.report.words import (
    amount,
    blank_zero,
    listed,
    money,
    number_of,
    percent,
)
from optimizer.vocabulary.instruments import INSTRUMENTS, PROMISED

if TYPE_CHECKING:
    from optimizer.checker.case import Case
    from optimizer.plan import Plan
    from optimizer.plan.legend import Legend, ProjectLegend

TERMS = (
    "Present values in M$. Budget: opening cash and contributions, less earlier commitments; "
    "returns: what is expected back until the last year; key: of burden-sharing."
)
PROMISES = (
    "Returns include the fees of guarantees. Promises: expected calls of guarantees and payments "
    "of price floors until the last year."
)

NO_LEGEND = (
    "By instrument and M$. This plan was saved by an earlier version, which did not say which "
    "instruments are guarantees: name its instance (--instance) to see what building costs."
)


def decision(plan: Plan, legend: Legend | None) -> Section:
    """What is started and when, and whose money pays for it."""
    chosen = sorted(plan.chosen, key=lambda pair: (pair[1], pair[0]))
    if not chosen:
        left = (*_by_themselves(plan), *_contracts(plan, legend))
        return Section("Decision", ("The fund finances nothing.", *left))
    private = sum(_private(plan).get(pair, 0.0) for pair in chosen)
    what = number_of(len(chosen), "project")
    if legend is None:
        # Which of its money is a guarantee, and so no money, a plan without legend does not say.
        said = (f"The fund finances {what}.", *_by_themselves(plan), *_contracts(plan, legend))
        return Section("Decision", said, _choice(plan, legend, chosen), (NO_LEGEND,))
    what = f"{len(chosen):,} of {legend.candidates:,} candidates"
    sums = _by_payer(plan, legend)
    fund, credit, promised = (sums.get(name, 0.0) for name in ("fund", "treasury", "nobody"))
    credited = f", {amount(credit)} M$ of tax credits" if credit else ""
    secured = f", of which {amount(promised)} M$ are guaranteed" if promised else ""
    text = (
        f"The fund finances {what}. Building costs "
        f"{amount(fund + credit + private)} M$: {amount(fund)} M$ from the fund{credited} and "
        f"{amount(private)} M$ of private money{secured}."
    )
    said = (text, *_by_themselves(plan), *_contracts(plan, legend))
    return Section("Decision", said, _choice(plan, legend, chosen))


def _by_payer(plan: Plan, legend: Legend) -> dict[str, float]:
    """Money committed by who pays it at the start; nobody pays what is guaranteed (M$)."""
    rows = plan.tables.columns("commitments")
    sums: dict[str, float] = {}
    for name, value in zip(rows["instrument"], rows["amount_musd"], strict=True):
        payer = INSTRUMENTS[legend.instruments[name]].paid_by
        sums[payer] = sums.get(payer, 0.0) + value
    return sums


def _contracts(plan: Plan, legend: Legend | None) -> tuple[str, ...]:
    """What the fund signs."""
    rows = plan.tables.columns("signed")
    pairs = sorted(zip(rows["year"], rows["contract"], strict=True))
    if not pairs:
        return ()
    known = legend.contracts if legend else {}
    words = [
        f"{name} ({known[name].kind.replace('_', ' ')} of {known[name].project}) {year}"
        if name in known
        else f"{name} {year}"
        for year, name in pairs
    ]
    return (f"Contracts signed: {listed(words)}.",)


def _by_themselves(plan: Plan) -> tuple[str, ...]:
    """What starts without the fund."""
    choice = plan.tables.columns("choice")
    rows = zip(choice["year"], choice["project"], choice["alone"], strict=True)
    pairs = sorted((year, name) for year, name, alone in rows if alone)
    if not pairs:
        return ()
    return (f"Without the fund start: {listed(f'{name} {year}' for year, name in pairs)}.",)


def _choice(plan: Plan, legend: Legend | None, chosen: list[tuple[str, int]]) -> Grid:
    """One row for each project, with its money by source (M$); guarantees stand in brackets."""
    public = _public(plan)
    kinds = legend.instruments if legend else {}
    used = sorted({instrument for _, _, instrument in public})
    promised = [name for name in used if kinds.get(name) in PROMISED]
    used = [name for name in used if name not in promised]
    private = _private(plan)
    known = legend.projects if legend else {}
    sources = {
        pair: [
            *(public.get((*pair, instrument), 0.0) for instrument in used),
            private.get(pair, 0.0),
        ]
        for pair in chosen
    }
    secured = {pair: [public.get((*pair, name), 0.0) for name in promised] for pair in chosen}
    largest = 10 * max(sum(money_of) for money_of in sources.values())
    rows = []
    for (name, year), money_of in sources.items():
        about = _about(known[name]) if known else ()
        whole = (sum(money_of),) if known else ()
        amounts = (*whole, *money_of, *secured[name, year])
        shown = [money(value, largest) for value in amounts]
        rows.append((str(year), name, *about, *shown))
    about = ("name", "country", "makes", "kt/y") if known else ()
    guarantees = [f"({name})" for name in promised]
    cost = ("cost",) if known else ()
    header = ("start", "project", *about, *cost, *used, "private", *guarantees)
    align = "ll" + ("lllrr" if known else "") + "r" * (1 + len(used) + len(promised))
    gives_way = ("kt/y", "makes", *guarantees, *reversed(used), "country", "name")
    return Grid(header, align, tuple(rows), gives_way, names="name")


def _about(project: ProjectLegend) -> tuple[str, str, str, str]:
    """Name, country, product and capacity."""
    return project.name, project.country, project.makes, blank_zero(project.capacity_kt_per_year)


def _public(plan: Plan) -> dict[tuple[str, int, str], float]:
    """Money committed to each start through each instrument (M$)."""
    rows = plan.tables.columns("commitments")
    columns = (rows[name] for name in ("project", "year", "instrument", "amount_musd"))
    sums: dict[tuple[str, int, str], float] = {}
    for project, year, instrument, value in zip(*columns, strict=True):
        key = (project, year, instrument)
        sums[key] = sums.get(key, 0.0) + value
    return sums


def _private(plan: Plan) -> dict[tuple[str, int], float]:
    """Private money of each start."""
    rows = plan.tables.columns("private")
    return {
        (project, year): money
        for project, year, money in zip(
            rows["project"], rows["year"], rows["amount_musd"], strict=True
        )
    }


def _came_back(case: Case, fees: float) -> tuple[str, ...]:
    """What is expected back of money and guarantees, by what it is (present values, M$)."""
    from optimizer.checker.returns import returns_within

    sums = {INSTRUMENTS["guarantee"].returns: fees}
    worth = returns_within(case) @ case.calendar.delta
    for place, value in zip(case.answer.commitment["instrument"], worth, strict=True):
        what = INSTRUMENTS[case.instance.instruments[place].kind].returns
        sums[what] = sums.get(what, 0.0) + float(value)
    words = [f"{amount(value)} M$ of {what}" for what, value in sums.items() if value > 0]
    return (f"Expected back until the last year: {listed(words)}.",) if words else ()


def members(case: Case) -> Section:
    """What each member pays, against what it has and against the key (present values, M$)."""
    from optimizer.checker.contracts import burden_key, floor_flows
    from optimizer.checker.finance import cash_flows, contributed, paid_by_member, yearly_outlays
    from optimizer.checker.guarantees import guarantee_flows

    instance, delta = case.instance, case.calendar.delta
    before = float(delta[0]) * (1 + instance.settings.discount_rate)
    opening = [row.opening_cash_musd * before for row in instance.members]
    has = (contributed(case) - yearly_outlays(case)) @ delta + opening
    promises = guarantee_flows(case)
    fees = promises.fees @ delta
    returned = cash_flows(case)[1] @ delta + fees
    kept = promises.calls @ delta + burden_key(case) * float(floor_flows(case).expected @ delta)
    pays = paid_by_member(case)
    total = float(pays.sum())
    largest = 10 * max([0.0, *has])
    rows = []
    for place, member in enumerate(instance.members):
        budget, paid = float(has[place]), float(pays[place])
        rows.append(
            (
                member.name or member.id,
                money(budget, largest),
                money(float(returned[place]), largest),
                money(paid, largest),
                *([money(float(kept[place]), largest)] if kept.any() else []),
                percent(paid / budget) if budget else "–",
                percent(paid / total) if total else "–",
                percent(member.burden_share),
                money(float(case.answer.cash[place, -1] * delta[-1]), largest),
            )
        )
    more = ("promises",) if kept.any() else ()
    header = ("member", "budget", "returns", "pays", *more)
    header += ("of budget", "share", "key", "left at end")
    promising = (PROMISES,) if more or fees.any() else ()
    notes = (TERMS, *promising, *_came_back(case, float(fees.sum())))
    align = "l" + "r" * (len(header) - 1)
    gives_way = ("left at end", "of budget", "promises", "returns")
    return Section(
        "Members",
        notes if rows else (),
        Grid(header, align, tuple(rows), gives_way, names="member"),
    )

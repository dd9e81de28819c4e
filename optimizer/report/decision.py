"""What is decided: the projects, their money, and what each member pays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimizer.report.layout import Grid, Section
from optimizer.report.words import amount, blank_zero, listed, money, number_of, percent

if TYPE_CHECKING:
    from optimizer.checker.case import Case
    from optimizer.instance import Instance
    from optimizer.plan import Plan
    from optimizer.records import Project

NAME_WIDTH = 30


def decision(plan: Plan, instance: Instance | None) -> Section:
    """What is started and when, and whose money pays for it."""
    chosen = sorted(plan.chosen, key=lambda pair: (pair[1], pair[0]))
    if not chosen:
        return Section("Decision", ("The fund finances nothing.", *_by_themselves(plan)))
    public = float(plan.tables.commitments["amount_musd"].sum())
    private = sum(_private(plan).get(pair, 0.0) for pair in chosen)
    what = number_of(len(chosen), "project")
    if instance is not None:
        candidates = sum(project.status == "candidate" for project in instance.projects)
        what = f"{len(chosen):,} of {candidates:,} candidates"
    text = (
        f"The fund finances {what}. Building costs "
        f"{amount(public + private)} M$: {amount(public)} M$ from the fund and "
        f"{amount(private)} M$ of private money."
    )
    return Section("Decision", (text, *_by_themselves(plan)), _choice(plan, instance, chosen))


def _by_themselves(plan: Plan) -> tuple[str, ...]:
    """What starts without the fund."""
    choice = plan.tables.choice
    alone = choice[choice["alone"].astype(bool)]
    if alone.empty:
        return ()
    pairs = sorted(zip(alone["year"].tolist(), alone["project"].tolist(), strict=True))
    return (f"Without the fund start: {listed(f'{name} {year}' for year, name in pairs)}.",)


def _choice(plan: Plan, instance: Instance | None, chosen: list[tuple[str, int]]) -> Grid:
    """One row for each project, with its money by source (M$)."""
    commitments = plan.tables.commitments
    parts = commitments.groupby(["project", "year", "instrument"])["amount_musd"].sum()
    public: dict[Any, float] = parts.to_dict()
    used = sorted({instrument for _, _, instrument in public})
    private = _private(plan)
    known = {project.id: project for project in instance.projects} if instance else {}
    sources = {
        pair: [
            *(public.get((*pair, instrument), 0.0) for instrument in used),
            private.get(pair, 0.0),
        ]
        for pair in chosen
    }
    largest = 10 * max(sum(money_of) for money_of in sources.values())
    rows = []
    for (name, year), money_of in sources.items():
        about = _about(known[name]) if known else ()
        shown = [money(value, largest) for value in (sum(money_of), *money_of)]
        rows.append((str(year), name, *about, *shown))
    about = ("name", "country", "makes", "kt/y") if known else ()
    header = ("start", "project", *about, "cost", *used, "private")
    align = "ll" + ("lllr" if known else "") + "r" * (2 + len(used))
    return Grid(header, align, tuple(rows))


def _about(project: Project) -> tuple[str, str, str, str]:
    """Name, country, product and capacity."""
    name = project.name
    if len(name) > NAME_WIDTH:
        name = name[: NAME_WIDTH - 1].rstrip() + "…"
    makes = project.main_material or project.corridor or project.kind
    return name, project.country, makes, blank_zero(project.capacity_t_per_year / 1000)


def _private(plan: Plan) -> dict[tuple[str, int], float]:
    """Private money of each start."""
    rows = plan.tables.private
    return {
        (str(project), int(year)): float(money)
        for project, year, money in zip(
            rows["project"], rows["year"], rows["amount_musd"], strict=True
        )
    }


def members(case: Case) -> Section:
    """What each member pays, against what it has and against the key (present values, M$)."""
    from optimizer.checker.money import cash_flows, contributed, yearly_outlays

    instance, delta = case.instance, case.calendar.delta
    paid = (
        case.answer.committed
        * case.calendar.pv_profile[
            case.answer.commitment["project"], case.answer.commitment["year"]
        ]
    )
    has = (contributed(case) - yearly_outlays(case)) @ delta
    before = float(delta[0]) * (1 + instance.settings.discount_rate)
    returned = cash_flows(case)[1] @ delta
    payer = case.answer.commitment["member"]
    pays = [float(paid[payer == place].sum()) for place in range(len(instance.members))]
    total = sum(pays)
    largest = 10 * max([0.0, *has])
    rows = []
    for place, member in enumerate(instance.members):
        budget = float(has[place]) + member.opening_cash_musd * before
        rows.append(
            (
                member.name or member.id,
                money(budget, largest),
                money(float(returned[place]), largest),
                money(pays[place], largest),
                percent(pays[place] / budget) if budget else "–",
                percent(pays[place] / total) if total else "–",
                percent(member.burden_share),
                money(float(case.answer.cash[place, -1] * delta[-1]), largest),
            )
        )
    header = ("member", "budget", "returns", "pays", "of budget", "share", "key", "left at end")
    text = (
        "Present values in M$. Budget: opening cash and contributions, less earlier commitments; "
        "returns: expected repayments and dividends until the last year; key: of burden-sharing."
    )
    return Section("Members", (text,) if rows else (), Grid(header, "lrrrrrrr", tuple(rows)))

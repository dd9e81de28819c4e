"""Instances without one mechanism, named by its data as in the table of docs/model.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.instance import Instance
    from optimizer.instance.records import Project

AMPLE_T = 1e9


def without(instance: Instance, data: str) -> Instance:
    """The instance without a mechanism, named by its data as in the table."""
    table, _, field = data.partition(".")
    if data in SPECIAL:
        return SPECIAL[data](instance)
    name, _, value = field.partition("=")
    rows = getattr(instance, table)
    if not field:
        return instance.replaced(**{table: ()})
    if not value:
        default = type(rows[0]).model_fields[name].default
        return instance.replaced(**{table: [row.replaced(**{name: default}) for row in rows]})
    kept = [row for row in rows if getattr(row, name) != value]
    if table == "instruments":
        kept = [
            row.replaced(largest_share=0.0) if getattr(row, name) == value else row for row in rows
        ]
    return instance.replaced(**{table: kept})


def closed(which: Callable[[Project], object]) -> Callable[[Instance], Instance]:
    """Candidates of a kind locked out."""

    def lock(instance: Instance) -> Instance:
        found = [row.id for row in instance.projects if row.status == "candidate" and which(row)]
        return instance.changed(fix_out=found)

    return lock


def research_closed(instance: Instance) -> Instance:
    """Programmes that unlock recipes, locked out."""
    unlocking = {row.unlocked_by for row in instance.recipes}
    return closed(lambda project: project.id in unlocking)(instance)


def one_tranche(instance: Instance) -> Instance:
    """Shortage at its mean cost, whatever its size."""
    rows = []
    for segment in instance.segments:
        own = [row for row in instance.tranches if row.segment == segment.id]
        mean = sum(row.share * row.cost_usd_per_t for row in own)
        rows.append(own[0].replaced(tranche=1, share=1.0, cost_usd_per_t=mean))
    return instance.replaced(tranches=rows)


def equal_rank(instance: Instance) -> Instance:
    """No segment goes first: every one of a material bears the cheapest one's shortage cost."""
    material = {row.id: row.material for row in instance.segments}
    cheapest: dict[tuple[str, int], float] = {}
    for row in instance.tranches:
        key = (material[row.segment], row.tranche)
        cheapest[key] = min(cheapest.get(key, row.cost_usd_per_t), row.cost_usd_per_t)
    return instance.replaced(
        segments=[row.replaced(priority=None) for row in instance.segments],
        tranches=[
            row.replaced(cost_usd_per_t=cheapest[material[row.segment], row.tranche])
            for row in instance.tranches
        ],
    )


def no_embargo(instance: Instance) -> Instance:
    """No shock on one destination alone."""
    return instance.replaced(shocks=[row for row in instance.shocks if row.destination is None])


def ample(instance: Instance) -> Instance:
    """Corridors that never fill."""
    rows = [row.replaced(capacity_t_per_year=AMPLE_T) for row in instance.corridors]
    return instance.replaced(corridors=rows)


def at_par(instance: Instance) -> Instance:
    """Currencies at the value of the first year, which prices do not wear down."""
    first = {row.currency: row.usd_per_unit for row in reversed(instance.exchange_rates)}
    rows = [
        row.replaced(usd_per_unit=first[row.currency], price_level=1.0)
        for row in instance.exchange_rates
    ]
    return instance.replaced(exchange_rates=rows)


def never_collected(instance: Instance) -> Instance:
    """Nothing collected of what the past left."""
    rows = [row.replaced(arisings_t_per_year=0.0) for row in instance.arisings]
    return instance.replaced(arisings=rows)


def as_expected(instance: Instance) -> Instance:
    """Failures by each project's chance instead of by the draw; all scenarios stay."""
    settings = instance.settings.replaced(failure="expected")
    return instance.replaced(failures=(), settings=settings)


SPECIAL: dict[str, Callable[[Instance], Instance]] = {
    "exchange_rates": at_par,
    "projects.standby": closed(lambda project: project.standby),
    "projects.segment": closed(lambda project: project.segment),
    "recipes.unlocked_by": research_closed,
    "stockpiles": closed(lambda project: project.kind == "stockpile"),
    "shocks.destination": no_embargo,
    "tranches": one_tranche,
    "segments.priority": equal_rank,
    "corridors": ample,
    "arisings": never_collected,
    "failures": as_expected,
}

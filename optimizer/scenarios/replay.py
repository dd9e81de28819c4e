"""Historic replays: what happened once, in the years of an instance.

Enters: an instance and events of the past. Leaves: the instance with a scenario in which they
happen again, as shocks on its own suppliers, routes and prices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from optimizer.errors import OptimizerError
from optimizer.instance import Instance
from optimizer.instance.records import Record, Scenario, Shock
from optimizer.instance.records.base import CountryCode, Id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from optimizer.instance.records.worlds import ShockKind

MONTHS = 12

SHOCK_KINDS: dict[str, ShockKind] = {
    "export_ban": "supply",
    "export_quota": "supply",
    "embargo": "access",
    "export_tax": "export_tax",
    "price": "price",
}
"""What each kind of event shocks in an instance."""


class HistoricEvent(Record):
    """Something that a country once did to the trade in a material, or that prices did."""

    kind: Literal["export_ban", "export_quota", "embargo", "export_tax", "price"]
    """export_ban and export_quota hit every buyer; an embargo hits one destination."""
    country: CountryCode | None = None
    """Who did it; for a price it does not matter."""
    material: Id | None = None
    """The instance's material; empty for all of the country's."""
    destination: Id | None = None
    """embargo and export_tax: the instance's zone that is cut off or taxed."""
    effect_share: Annotated[float, Field(ge=-1, le=99)]
    """export_ban, export_quota and embargo: share of the trade that is lost, 0 to 1; export_tax:
    share of the market price; price: rise as a share of the price, below 0 for a fall."""
    start_months: Annotated[int, Field(ge=0, le=1200)] = 0
    """Months from the beginning of the replay's first year to the event."""
    months: Annotated[int, Field(ge=1, le=1200)]
    """How long it lasted."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.kind == "embargo" and self.destination is None:
            raise ValueError("an embargo needs the destination that it cuts off")
        if self.kind != "price" and self.country is None:
            raise ValueError(f"an event of the kind {self.kind} needs the country that did it")
        if self.kind != "price" and self.effect_share < 0:
            raise ValueError(f"effect_share of {self.kind} is what is lost or taken: 0 or more")
        if self.kind in ("export_ban", "export_quota", "embargo") and self.effect_share > 1:
            raise ValueError("effect_share is a share of the trade that is lost: 0 to 1")
        return self

    def factor(self, year: int) -> float:
        """Mean over the months of a year, 0 being the replay's first, of what a shock's factor is.

        An embargo of two months leaves 10/12; a tax of 30 % over half a year is one of 15 %.
        """
        first, end = self.start_months, self.start_months + self.months
        within = min(end, MONTHS * (year + 1)) - max(first, MONTHS * year)
        part = self.effect_share * max(0, within) / MONTHS
        if self.kind == "export_tax":
            return part
        return 1.0 + part if self.kind == "price" else 1.0 - part

    def years(self) -> range:
        """Years in which it is in force, 0 being the replay's first."""
        return range(self.start_months // MONTHS, -(-(self.start_months + self.months) // MONTHS))


def replay(
    instance: Instance,
    events: Iterable[HistoricEvent],
    first_year: int,
    probability: float,
    scenario: str = "replay",
) -> Instance:
    """Add a scenario in which events of the past happen again.

    Each event becomes a shock in every year of the horizon that it reaches, with the mean of the
    year's months as its factor. The other scenarios keep their proportions: their probabilities
    are multiplied by 1 − probability.

    Args:
        instance: stays as it is.
        events: what happened, in the instance's materials and zones.
        first_year: year of the horizon from whose January the events' months count.
        probability: chance of the scenario, 0 to 1.
        scenario: identifier of the new scenario.

    Raises:
        OptimizerError: no event falls within the horizon, or the probability is no share.
        InvalidInstance: an event names what the instance does not have; part of a year's embargo
            on a route without a capacity, which would be no limit; a scenario of that name.
    """
    if not 0 <= probability <= 1:
        raise OptimizerError(f"a probability of {probability:g} is not within 0 to 1")
    shocks = tuple(_shocks(instance, events, first_year, scenario))
    if not shocks:
        horizon = f"{instance.settings.first_year}–{instance.settings.last_year}"
        raise OptimizerError(f"no event from {first_year} on falls within {horizon}")
    others = [
        row.replaced(probability=row.probability * (1 - probability)) for row in instance.scenarios
    ]
    added = Scenario(id=scenario, name=f"replay from {first_year}", probability=probability)
    changed = {"scenarios": (*others, added), "shocks": (*instance.shocks, *shocks)}
    return Instance.model_validate(dict(instance) | changed)


def _shocks(
    instance: Instance, events: Iterable[HistoricEvent], first_year: int, scenario: str
) -> Iterator[Shock]:
    """One shock for each event and year of the horizon."""
    for number, event in enumerate(events, start=1):
        for since in event.years():
            year = first_year + since
            if year in instance.settings.years:
                yield Shock(
                    id=f"{scenario}.{number}.{year}",
                    scenario=scenario,
                    kind=SHOCK_KINDS[event.kind],
                    first_year=year,
                    last_year=year,
                    factor=event.factor(since),
                    country=None if event.kind == "price" else event.country,
                    material=event.material,
                    destination=event.destination,
                )

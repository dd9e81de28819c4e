"""Generated scenarios: what an instance must survive, made from its own suppliers.

Enters: an instance. Leaves: the instance with more scenarios and their shocks.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optimizer.instance import Instance
from optimizer.records import Scenario, Shock

if TYPE_CHECKING:
    from collections.abc import Iterable


def n_minus_1(
    instance: Instance,
    materials: Iterable[str] | None = None,
    *,
    first_year: int | None = None,
    last_year: int | None = None,
) -> Instance:
    """Add, for each material, the scenario in which its largest supplier country is lost (rule 19).

    The country outside the alliance whose suppliers offer most over the horizon delivers nothing of
    the material from the first to the last year. The scenarios have probability 0 and must be
    survived; what that means, policies of the kind `must_survive` say. An instance that has a
    scenario of the same name already keeps it.

    Args:
        instance: stays as it is.
        materials: which to lose; every one that suppliers outside the alliance offer if None.
        first_year: first year of the loss; the first of the horizon if None.
        last_year: last year of the loss; the last of the horizon if None.

    Raises:
        InvalidInstance: where the years are not within the horizon.
    """
    years = instance.settings.years
    largest = largest_suppliers(instance)
    known = {scenario.id for scenario in instance.scenarios}
    wanted = sorted(largest if materials is None else set(materials) & set(largest))
    lost = {f"n-1.{material}"[:64]: material for material in wanted}
    fresh = {name: material for name, material in lost.items() if name not in known}
    scenarios = [
        Scenario(
            id=name,
            name=f"{largest[material]} delivers no {material}",
            probability=0.0,
            must_survive=True,
        )
        for name, material in fresh.items()
    ]
    shocks = [
        Shock(
            id=name,
            scenario=name,
            kind="supply",
            first_year=first_year or years[0],
            last_year=last_year or years[-1],
            factor=0.0,
            country=largest[material],
            material=material,
        )
        for name, material in fresh.items()
    ]
    added = {"scenarios": (*instance.scenarios, *scenarios), "shocks": (*instance.shocks, *shocks)}
    return Instance.model_validate(dict(instance) | added)


def largest_suppliers(instance: Instance) -> dict[str, str]:
    """The country outside the alliance that offers most of each material over the horizon.

    Of countries that offer the same, the first by its code.
    """
    inside = {country.id for country in instance.countries if country.alliance}
    supplier = {row.id: row for row in instance.suppliers if row.country not in inside}
    offered: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for limit in instance.supply_limits:
        if limit.supplier in supplier and limit.year in instance.settings.years:
            row = supplier[limit.supplier]
            offered[row.material][row.country] += limit.limit_t_per_year
    return {
        material: min(countries, key=lambda country: (-countries[country], country))
        for material, countries in sorted(offered.items())
        if any(countries.values())
    }

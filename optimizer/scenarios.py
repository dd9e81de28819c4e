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
    lost = {m: countries[:1] for m, countries in _wanted(instance, materials).items()}
    return _losing(instance, "n-1", lost, (first_year, last_year), must_survive=True)


def n_minus_2(
    instance: Instance,
    materials: Iterable[str] | None = None,
    *,
    first_year: int | None = None,
    last_year: int | None = None,
) -> Instance:
    """Add, for each material, the scenario in which its two largest supplier countries are lost.

    Like `n_minus_1`, but a report and no demand: the scenarios have probability 0 and need not be
    survived, so that they change no plan and show what each would go without. A material that one
    country alone offers has no such scenario.

    Args:
        instance: stays as it is.
        materials: which to lose; every one that suppliers outside the alliance offer if None.
        first_year: first year of the loss; the first of the horizon if None.
        last_year: last year of the loss; the last of the horizon if None.

    Raises:
        InvalidInstance: where the years are not within the horizon.
    """
    wanted = _wanted(instance, materials)
    lost = {m: countries[:2] for m, countries in wanted.items() if len(countries) > 1}
    return _losing(instance, "n-2", lost, (first_year, last_year), must_survive=False)


def _wanted(instance: Instance, materials: Iterable[str] | None) -> dict[str, list[str]]:
    """Supplier countries of the materials that are to be lost, the largest first."""
    ranked = _ranked_suppliers(instance)
    return {m: ranked[m] for m in (ranked if materials is None else sorted(set(materials)))
            if m in ranked}  # fmt: skip


def _losing(
    instance: Instance,
    prefix: str,
    lost: dict[str, list[str]],
    span: tuple[int | None, int | None],
    *,
    must_survive: bool,
) -> Instance:
    """The instance with a scenario for each material that some countries no longer deliver."""
    years = instance.settings.years
    known = {scenario.id for scenario in instance.scenarios}
    scenarios, shocks = [], []
    for material, countries in lost.items():
        name = f"{prefix}.{material}"[: 64 - 4 * (len(countries) - 1)]
        if name in known:
            continue
        verb = "delivers" if len(countries) == 1 else "deliver"
        said = f"{' and '.join(countries)} {verb} no {material}"
        scenarios.append(Scenario(id=name, name=said, probability=0.0, must_survive=must_survive))
        shocks += [
            Shock(
                id=name if len(countries) == 1 else f"{name}.{country}",
                scenario=name,
                kind="supply",
                first_year=span[0] or years[0],
                last_year=span[1] or years[-1],
                factor=0.0,
                country=country,
                material=material,
            )
            for country in countries
        ]
    added = {"scenarios": (*instance.scenarios, *scenarios), "shocks": (*instance.shocks, *shocks)}
    return Instance.model_validate(dict(instance) | added)


def largest_suppliers(instance: Instance) -> dict[str, str]:
    """The country outside the alliance that offers most of each material over the horizon.

    Of countries that offer the same, the first by its code.
    """
    return {material: countries[0] for material, countries in _ranked_suppliers(instance).items()}


def _ranked_suppliers(instance: Instance) -> dict[str, list[str]]:
    """Countries outside the alliance that offer each material, the largest first."""
    inside = {country.id for country in instance.countries if country.alliance}
    supplier = {row.id: row for row in instance.suppliers if row.country not in inside}
    offered: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for limit in instance.supply_limits:
        if limit.supplier in supplier and limit.year in instance.settings.years:
            row = supplier[limit.supplier]
            offered[row.material][row.country] += limit.limit_t_per_year
    return {
        material: sorted(filter(countries.get, countries), key=lambda c: (-countries[c], c))
        for material, countries in sorted(offered.items())
        if any(countries.values())
    }

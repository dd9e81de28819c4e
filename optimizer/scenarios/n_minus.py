"""Generated scenarios: what an instance must survive, made from its own suppliers.

Enters: an instance. Leaves: the instance with more scenarios and their shocks.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from optimizer.errors import OptimizerError
from optimizer.instance import Instance
from optimizer.instance.records import Scenario, Shock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from optimizer.instance.records.worlds import ShockKind


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


class Loss(NamedTuple):
    """What a country no longer delivers in full."""

    country: str
    """ISO 3166-1 alpha-3 code."""
    materials: tuple[str, ...] | None
    """Materials of the instance; None for all that the country delivers."""
    years: tuple[int, int]
    """First and last year."""
    factor: float
    """What is left, 0 to 1; above 1 it is more than usual."""


def with_shock(
    instance: Instance, losses: Iterable[Loss], *, probability: float, scenario: str = "shock"
) -> Instance:
    """Add a scenario in which countries deliver less of some materials.

    Limits of their suppliers are multiplied by the factor, and so is the availability of plants in
    the country that make one of the materials. The other scenarios keep their proportions: their
    probabilities are multiplied by 1 − probability.

    Args:
        instance: stays as it is.
        losses: what is lost; all of it in the one scenario.
        probability: chance of the scenario, 0 to 1.
        scenario: identifier of the new scenario.

    Raises:
        OptimizerError: a country delivers none of the materials, or the probability is no share.
        InvalidInstance: the years are not within the horizon, a supplier has no limit to multiply,
            or there is a scenario of that name.
    """
    if not 0 <= probability <= 1:
        raise OptimizerError(f"a probability of {probability:g} is not within 0 to 1")
    losses = tuple(losses)
    shocks = tuple(
        shock
        for number, loss in enumerate(losses, start=1)
        for shock in _shocks(instance, loss, scenario, number)
    )
    others = [
        row.replaced(probability=row.probability * (1 - probability)) for row in instance.scenarios
    ]
    said = ", ".join(_said(loss) for loss in losses)
    added = Scenario(id=scenario, name=said, probability=probability)
    changed = {"scenarios": (*others, added), "shocks": (*instance.shocks, *shocks)}
    return Instance.model_validate(dict(instance) | changed)


def _shocks(instance: Instance, loss: Loss, scenario: str, number: int) -> Iterator[Shock]:
    """One shock for each material that the country sells, and for each that its plants make."""
    country = loss.country
    sold = {row.material for row in instance.suppliers if row.country == country}
    own = {row.main_material for row in instance.projects if row.country == country}
    delivered: dict[ShockKind, set[str]] = {
        "supply": sold,
        "outage": {material for material in own if material is not None},
    }
    every = sold | delivered["outage"]
    wanted = every if loss.materials is None else every & {*loss.materials}
    if not wanted:
        what = ", ".join(loss.materials or ("anything",))
        raise OptimizerError(
            f"{country} delivers no {what} in this instance; it has suppliers or plants of "
            f"{', '.join(sorted(every)) or 'nothing'}"
        )
    for kind, materials in delivered.items():
        for material in sorted(materials & wanted):
            yield Shock(
                id=f"{scenario}.{number}.{kind}.{material}"[:64],
                scenario=scenario,
                kind=kind,
                first_year=loss.years[0],
                last_year=loss.years[1],
                factor=loss.factor,
                country=country,
                material=material,
            )


def _said(loss: Loss) -> str:
    """A loss in words."""
    what = "all materials" if loss.materials is None else ", ".join(loss.materials)
    when = "–".join(str(year) for year in sorted(set(loss.years)))
    return f"{loss.country} delivers {100 * loss.factor:g} % of {what} in {when}"


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

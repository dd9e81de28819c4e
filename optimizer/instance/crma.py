"""Ready-made policies: benchmarks that a law states, as rows of an instance.

Enters: an instance and the elements that the benchmarks are about. Leaves: the instance with the
policies added, all of them soft, so that they can be met late at a price.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from optimizer.errors import OptimizerError
from optimizer.instance import Instance
from optimizer.instance.records import Policy
from optimizer.instance.records.base import SUPPLY_STAGES

if TYPE_CHECKING:
    from collections.abc import Iterable

CRMA_YEAR = 2030
CRMA_CAPACITY: Final = {"extraction": 0.10, "processing": 0.40, "scrap": 0.25}
"""Least capacity as a share of consumption, by stage; `scrap` stands for recycling."""
CRMA_LARGEST_SHARE = 0.65
"""Largest share of consumption that one third country may supply at any stage."""


def crma_benchmarks(
    instance: Instance,
    elements: Iterable[str],
    penalty_usd_per_t: float,
    *,
    bloc: str | None = None,
) -> Instance:
    """Add the benchmarks of the EU's Critical Raw Materials Act (rule 17).

    Regulation (EU) 2024/1252, Article 5(1): by 2030, capacity inside for at least 10 % of annual
    consumption at extraction, 40 % at processing and 25 % at recycling; and not more than 65 % of
    consumption, at any stage, from a single third country. The rows hold from 2030 on; a row whose
    id the instance has already stays as it is. A code that stands for several countries, such as
    XRW for the rest of the world, is no single third country.

    Args:
        instance: stays as it is.
        elements: traced elements, for example `NdPr`.
        penalty_usd_per_t: what each tonne of content beyond a benchmark costs.
        bloc: the bloc whose benchmarks these are (countries, bloc); the whole alliance if None.

    Raises:
        OptimizerError: the horizon ends before 2030, or nothing contains an element.
        InvalidInstance: no country has the bloc, or the penalty is 0.
    """
    settings = instance.settings
    if settings.last_year < CRMA_YEAR:
        raise OptimizerError(f"the benchmarks begin in {CRMA_YEAR}, after {settings.last_year}")
    fields: dict[str, Any] = {
        "hard": False,
        "penalty_usd_per_t": penalty_usd_per_t,
        "first_year": max(CRMA_YEAR, settings.first_year),
    }
    tag = {"tag": "inside"} if bloc is None else {"tag": "bloc", "tag_value": bloc}
    known = {policy.id for policy in instance.policies}
    rows = []
    for element in dict.fromkeys(elements):
        rows += _capacities(element, fields | tag)
        rows += _largest_shares(instance, element, bloc, fields)
    fresh = (row for row in rows if row.id not in known)
    return Instance.model_validate(dict(instance) | {"policies": (*instance.policies, *fresh)})


def _capacities(element: str, fields: dict[str, Any]) -> list[Policy]:
    """Least capacity at each stage of the act."""
    given = fields | {"kind": "stage_share", "sense": "least", "element": element}
    return [
        Policy.model_validate(
            given | {"id": f"crma.{element}.{stage}", "stage": stage, "value": least}
        )
        for stage, least in CRMA_CAPACITY.items()
    ]


def _largest_shares(
    instance: Instance, element: str, bloc: str | None, fields: dict[str, Any]
) -> list[Policy]:
    """Largest share of each third country that can supply, at each stage that the element has."""
    holding = {row.material for row in instance.contents if row.element == element}
    present = {row.stage for row in instance.materials if row.id in holding}
    if not present:
        raise OptimizerError(f"no material contains '{element}' (contents)")
    given = fields | {"kind": "country_share", "element": element, "value": CRMA_LARGEST_SHARE}
    return [
        Policy.model_validate(
            given | {"id": f"crma.{element}.{stage}.{code}", "stage": stage, "country": code}
        )
        for stage in SUPPLY_STAGES
        if stage in present
        for code in _third_countries(instance, bloc)
    ]


def _third_countries(instance: Instance, bloc: str | None) -> list[str]:
    """Countries outside that host a supplier or a project, or that a product has come through.

    Codes that stand for several countries are left out.
    """
    there = {row.country for row in instance.suppliers}
    there |= {row.country for row in instance.projects} | {row.country for row in instance.origins}
    return [
        row.id
        for row in instance.countries
        if row.id in there
        and not row.several
        and not (row.alliance if bloc is None else row.bloc == bloc)
    ]

"""Shares: the content of traced elements in what is made, bought, sold and wanted, by stage."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from optimizer.blocks.largest_share import bounded_shares
from optimizer.blocks.usable import useful_shares
from optimizer.vocabulary.policies import OF_OPERATION

if TYPE_CHECKING:
    from optimizer.blocks.network import Mode, Network, Node
    from optimizer.instance.records import Policy, Supplier

ORDER: Final = {"extraction": 0, "scrap": 0, "processing": 1, "metal": 2, "manufacturing": 3}
"""Stages in the order that a material goes through them."""


@dataclass(frozen=True)
class Shares:
    """Content coefficients of the policy rows that one year of operation carries."""

    net: Network

    @cached_property
    def rows(self) -> dict[str, Policy]:
        """Policy rows on nominal operation, by id."""
        return self.net.q.enabled(*OF_OPERATION) | bounded_shares(self.net.q)

    @cached_property
    def useful(self) -> dict[str, float]:
        """Share of each plant's capacity that can be of use; 1 but for outsized candidates."""
        return useful_shares(self.net)

    def of_kind(self, *kinds: str) -> list[str]:
        """Policy rows of some kinds, by id."""
        return [policy for policy, row in self.rows.items() if row.kind in kinds]

    @cached_property
    def service_levels(self) -> list[tuple[str, str]]:
        """Policy rows of rule 19 with each segment that they are about."""
        levels = self.net.q.enabled("must_survive")
        return [
            (policy, d)
            for policy, row in levels.items()
            for d in self.net.segments
            if row.segment in (None, d)
        ]

    @cached_property
    def _contents(self) -> dict[tuple[str, str], Any]:
        return {(c.material, c.element): c for c in self.net.q.instance.contents}

    def content(self, material: str, element: str, stage: str) -> float:
        """Tonnes of the element needed at a stage for a tonne of the material.

        0 if the stage comes after the material's own.
        """
        found = self._contents.get((material, element))
        own = self.net.q.stages[material]
        if found is None or ORDER[own] < ORDER[stage]:
            return 0.0
        before = ORDER[stage] < ORDER[own] and stage != "scrap"
        gross: float = getattr(found, f"gross_up_{stage}") if before else 1.0
        return float(found.content_t_per_t) * gross

    def recipe_content(self, mode: Mode, element: str, stage: str) -> float:
        """What a recipe supplies at a stage per tonne of reference output.

        A recipe supplies the stages after its highest input stage, up to its outputs' stages.
        """
        stages = self.net.q.stages
        entered = max(
            (ORDER[stages[m]] for m in self.net.inputs[mode] if (m, element) in self._contents),
            default=-1,
        )
        if stage != "scrap" and ORDER[stage] <= entered:
            return 0.0
        return sum(
            amount * self.content(material, element, stage)
            for material, amount in self.net.outputs[mode].items()
            if stage != "scrap" or stages[material] != "scrap"
        )

    def purchase_content(self, supplier: Supplier, policy: Policy) -> float:
        """What a tonne bought supplies at the policy's stage from the policy's country."""
        stage, element = str(policy.stage), str(policy.element)
        content = self.content(supplier.material, element, stage)
        own = self.net.q.stages[supplier.material]
        origins = self._origins.get((supplier.id, stage)) if ORDER[stage] < ORDER[own] else None
        if origins is None:
            origins = {supplier.country: 1.0}
        return content * origins.get(str(policy.country), 0.0)

    @cached_property
    def _origins(self) -> dict[tuple[str, str], dict[str, float]]:
        found: dict[tuple[str, str], dict[str, float]] = {}
        for origin in self.net.q.instance.origins:
            found.setdefault((origin.supplier, origin.stage), {})[origin.country] = origin.share
        return found

    @cached_property
    def origin_countries(self) -> list[str]:
        """Countries that content can come from."""
        instance = self.net.q.instance
        found = {s.country for s in instance.suppliers} | {o.country for o in instance.origins}
        return sorted(found | {p.country for p in self.net.q.plants.values()})

    def sale_content(self, node: Node, policy: Policy) -> float:
        """What a tonne sold outside takes off the policy's country: it sits alone in its zone."""
        zone, material = node
        hosts = {c.id for c in self.net.q.instance.countries if c.zone == zone}
        if hosts != {policy.country}:
            return 0.0
        return self.content(material, str(policy.element), str(policy.stage))

    def capacity_content(self, p: str, policy: Policy) -> float:
        """Content per kt online of a plant, by its first recipe that supplies the stage."""
        project = self.net.q.plants[p]
        if not self.net.q.tagged(policy, project):
            return 0.0
        if policy.stage == "scrap" and project.kind != "recycling":
            return 0.0
        for mode in self.net.modes.get(p, ()):
            content = self.recipe_content(mode, str(policy.element), str(policy.stage))
            if content > 0:
                return content / self.net.recipes[mode].capacity_use
        return 0.0

    def demand_content(self, policy: Policy) -> dict[str, float]:
        """Content at the policy's stage of a tonne of each segment's demand."""
        return {
            d: self.content(segment.material, str(policy.element), str(policy.stage))
            for d, segment in self.net.segments.items()
        }


def supply_content(shares: Shares, policy: Policy) -> dict[str, list[tuple[Any, float]]]:
    """What a kt of each purchase, activity and sale supplies of a policy's share, by variable."""
    net, element, stage = shares.net, str(policy.element), str(policy.stage)
    made = {
        mode: shares.recipe_content(mode, element, stage)
        for mode in net.recipes
        if net.q.plants[mode[0]].country == policy.country
    }
    parts: dict[str, dict[Any, float]] = {
        "purchase": {j: shares.purchase_content(row, policy) for j, row in net.suppliers.items()},
        "activity": made,
        "sold": {node: -shares.sale_content(node, policy) for node in net.sales},
    }
    return {name: [pair for pair in part.items() if pair[1]] for name, part in parts.items()}

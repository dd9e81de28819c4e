"""Capacity that no plan of least cost uses: a bound on what runs, passed down the chain.

Where a candidate's capacity is many times its use, next to nothing of a start would do for a
solver's tolerance, and half a per cent of it for a relaxation. So rule 9 counts of such a capacity
only the part that can be of use.

Enters: the network. Leaves: for each plant the share of its capacity that rule 9 counts. Of a
material no more is of use than all segments want, markets outside buy, stockpiles take and recipes
consume; of a recipe's output the most useful one decides; and so on up the chain, from bounds that
hold because capacities do. What runs beyond that only makes what is thrown away.
"""

from __future__ import annotations

from math import inf, prod
from typing import TYPE_CHECKING

from optimizer.blocks.parameters import T_PER_KT

if TYPE_CHECKING:
    from optimizer.blocks.network import Mode, Network

OUTSIZED = 10.0
"""Capacities up to so many times their use are left as they are."""
PASSES = 20
"""Times that bounds are passed on; each pass is valid, and a chain of so many recipes is long."""
COUNTED_BY_OPERATION = ("expected_cost", "carbon", "water", "tariffs", "policy_penalty")
"""Criteria that grow with what is run for nothing."""


def useful_shares(net: Network) -> dict[str, float]:
    """Share of each plant's capacity that rule 9 counts: 1 but for outsized candidates.

    Every share leaves room, in every year and scenario with output, for all that is of use.
    """
    shares = dict.fromkeys(net.modes, 1.0)
    if _waste_may_pay(net):
        return shares
    most = most_run(net)
    for p, modes in net.modes.items():
        project = net.q.plants[p]
        if p not in net.q.candidates or p in net.contracted:
            continue
        use = sum(net.recipes[mode].capacity_use * most[mode] for mode in modes)
        least_online = min((share for share in project.ramp if share > 0), default=1.0)
        least = least_online * _least_available(net) * (net.q.success(p) or 1.0)
        part = use / (net.q.capacity(p) * least) if use else 1.0
        if part < 1.0 / OUTSIZED and not any(_throws_away(net, mode) for mode in modes):
            shares[p] = part
    return shares


def most_run(net: Network) -> dict[Mode, float]:
    """The most reference output of each recipe that can be of use, kt."""
    most = {
        mode: net.q.capacity(mode[0]) / recipe.capacity_use if recipe.capacity_use else inf
        for mode, recipe in net.recipes.items()
    }
    wanted = _wanted(net)
    for _ in range(PASSES):
        useful = _useful(net, most, wanted)
        for mode in most:
            uses = [useful[m] / amount for m, amount in net.outputs[mode].items() if amount]
            segment = net.q.plants[mode[0]].segment
            uses += [wanted[segment]] if segment is not None else []
            if uses:
                most[mode] = min(most[mode], max(uses))
    return most


def _wanted(net: Network) -> dict[str, float]:
    """The most that each segment wants in any year of any scenario, kt."""
    rising = prod(s.factor for s in net.q.instance.shocks if s.kind == "demand" and s.factor > 1)
    found = dict.fromkeys(net.segments, 0.0)
    for row in net.q.instance.demand:
        found[row.segment] = max(found[row.segment], rising * row.demand_t_per_year / T_PER_KT)
    return found


def _useful(net: Network, most: dict[Mode, float], wanted: dict[str, float]) -> dict[str, float]:
    """The most of each material that segments, markets, stockpiles and recipes take, kt."""
    found = dict.fromkeys(net.q.stages, 0.0)
    for d, segment in net.segments.items():
        found[segment.material] += wanted[d]
    for (_, material), sale in net.sales.items():
        found[material] += sale.limit_t_per_year / T_PER_KT
    for p, stockpile in net.q.stockpiles.items():
        # A year's fill replaces what was released in it, and adds at most a store full.
        found[stockpile.material] += 2 * (net.q.capacity(p) + stockpile.opening_t / T_PER_KT)
    for mode, materials in net.inputs.items():
        for material, amount in materials.items():
            found[material] += amount * most[mode] if amount else 0.0
    return found


def _least_available(net: Network) -> float:
    """A share that shocks never leave less of in a plant with output."""
    return prod(s.factor for s in net.q.instance.shocks if s.kind == "outage" and 0 < s.factor < 1)


def _throws_away(net: Network, mode: Mode) -> bool:
    """Whether running a recipe for nothing might cost less than not running it.

    It would where its inputs are dearer to dispose of than its outputs and its running cost, or
    where the plant stands outside: the alliance sells it the inputs.
    """
    disposal = {m.id: m.disposal_cost_usd_per_t for m in net.q.instance.materials}
    inside = net.q.inside(net.q.plants[mode[0]])
    if not inside and net.inputs[mode]:
        return True
    saved = sum(amount * disposal[m] for m, amount in net.inputs[mode].items())
    paid = sum(amount * disposal[m] for m, amount in net.outputs[mode].items())
    return saved > paid + (net.recipes[mode].opex_usd_per_t if inside else 0.0)


def _waste_may_pay(net: Network) -> bool:
    """Whether a plan may gain by running what is thrown away."""
    q = net.q
    objective = q.instance.settings.objective
    weights = [objective.first_step.get(name, 0.0) for name in COUNTED_BY_OPERATION]
    weights += [
        row.weight if row.sense == "minimise" else -row.weight
        for row in q.instance.steps
        if row.criterion in COUNTED_BY_OPERATION
    ]
    bounds = q.enabled("criterion_bound").values()
    least = any(row.sense == "least" and row.criterion in COUNTED_BY_OPERATION for row in bounds)
    return least or min(weights) < 0 or bool(q.enabled("local_processing"))

"""Operation: what runs, moves, is bought, served and thrown away in every block.

Enters: a case. Leaves: the rows of rules 9, 11, 12, 13, 15 and 16, in kt per year. The first
axis of every array is the block, of the scenario in hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.checker.contract_operation import offtake, through_offtake
from optimizer.checker.priority import in_turn
from optimizer.checker.rows import Rows, at_most, equal, grouped
from optimizer.checker.stockpiles import moved, served_by

if TYPE_CHECKING:
    from optimizer.checker.case import Case
    from optimizer.checker.rows import Array, Positions


def capacity(case: Case) -> list[Rows]:
    """Rule 9 capacity: recipes use no more than what is online, and run once they are unlocked.

    Σ_k use_k · activity[p,k] ≤ online[p,t,s] = capacity · offtake_share · availability[p,t,s] ·
    (ramped starts less retirements), with what offtake contracts add, and what they owe is taken
    or paid for; use_k · activity[p,k] ≤ capacity[p] · online share of the programme that unlocks k.
    """
    used = case.answer.operation["activity"] * case.of_recipes("capacity_use")
    by_project = grouped(used, case.network.recipe_project, case.network.count("projects"))
    room = available(case) + through_offtake(case, owed=False)
    axes = (case.blocks, case.network.labels("projects"))
    return [
        at_most(by_project, room, axes, "runs above what is online"),
        at_most(
            used,
            _unlocked(case),
            (case.blocks, case.network.labels("recipes")),
            "runs above what its programme unlocks",
        ),
        *offtake(case),
    ]


def balance(case: Case) -> list[Rows]:
    """Rule 11 balance: of each material in each zone, what comes in goes out.

    outputs + purchases + collected + released + inflow = inputs + served + filled + outflow +
    sold + disposed.
    """
    network, done = case.network, case.answer.operation
    nodes = network.count("nodes")
    gained = _made_bought_collected(case) + grouped(done["flows"], network.route_destination, nodes)
    used = _through_recipes(case, -np.minimum(network.ingredient_t_per_t, 0.0))
    left = (
        used
        + moved(case)[0]
        + grouped(done["served"], network.segment_node, nodes)
        + grouped(done["flows"], network.route_origin, nodes)
        + done["sold"]
        + done["disposed"]
    )
    axes = (case.blocks, network.labels("nodes"))
    return [equal(gained, left, axes, "what comes in does not go out")]


def trade(case: Case) -> list[Rows]:
    """Rule 12 trade: limits of suppliers, routes and sales; no transshipment.

    purchase[j] ≤ limit[j,t] · availability(s); flow[r] ≤ capacity · access(s);
    sold[z,m] ≤ its limit; outflow and sales of m from z ≤ what z makes, buys, collects and
    releases, unless (z, m) is an entrepot.
    """
    network, worlds, done = case.network, case.worlds, case.answer.operation
    at = (case.answer.scenario, case.answer.year)
    nodes = network.count("nodes")
    limits = np.zeros(nodes)
    limits[network.at("nodes", network.names["sales"])] = [
        row.limit_t_per_year / 1000 for row in case.instance.sales
    ]
    entrepot = np.zeros(nodes, dtype=bool)
    entrepot[network.at("nodes", network.names["entrepots"])] = True
    leaving = grouped(done["flows"], network.route_origin, nodes) + done["sold"]
    own = np.where(entrepot, np.inf, _made_bought_collected(case))
    places = (case.blocks, network.labels("nodes"))
    suppliers = (case.blocks, network.labels("suppliers"))
    routes = (case.blocks, network.labels("routes"))
    return [
        at_most(done["purchases"], worlds.limit[at], suppliers, "more is bought than can be had"),
        at_most(done["flows"], worlds.access[at], routes, "more is moved than the route can take"),
        at_most(done["sold"], limits, places, "more is sold than the market takes"),
        at_most(
            leaving, own, places, "passes on what it neither makes, buys, collects nor releases"
        ),
    ]


def demand(case: Case) -> list[Rows]:
    """Rule 13 demand: served, replaced or short, each tranche within its share, in order of rank.

    served[d] + Σ_n short[d,n] + Σ activity of the programmes of d = demand[d,t,s];
    short[d,n] ≤ share_n · demand[d,t,s]; nobody is served while a better rank goes short.
    """
    network, done = case.network, case.answer.operation
    wanted = case.worlds.demand[case.answer.scenario, case.answer.year]
    short = short_of(case)
    shares = np.array([row.share for row in case.instance.tranches], dtype=np.float64)
    segment = network.at("segments", [row.segment for row in case.instance.projects])
    of_recipe = segment[network.recipe_project]
    programmes = of_recipe >= 0
    replaced = grouped(
        done["activity"][:, programmes], of_recipe[programmes], network.count("segments")
    )
    return [
        *in_turn(case, short),
        equal(
            done["served"] + short + replaced,
            wanted,
            (case.blocks, network.labels("segments")),
            "served, replaced and short are not the demand",
        ),
        at_most(
            done["short"],
            shares * wanted[:, network.tranche_segment],
            (case.blocks, network.labels("tranches")),
            "a tranche of shortage is larger than its share",
        ),
    ]


def short_of(case: Case) -> Array:
    """What each segment goes short of, by block and segment (kt)."""
    network = case.network
    short = case.answer.operation["short"]
    return grouped(short, network.tranche_segment, network.count("segments"))


def shared_capacity(case: Case) -> list[Rows]:
    """Rule 15 shared_capacity: what routes and projects put on a corridor fits on it.

    Σ flow[r] of its routes + Σ activity[p,k] of the projects that use it ≤ capacity + Σ online[q]
    of the infrastructure projects that add to it.
    """
    network, done = case.network, case.answer.operation
    count = network.count("corridors")
    by_route = network.at("corridors", [row.corridor for row in case.instance.routes])
    by_project = network.at("corridors", [row.corridor for row in case.instance.projects])
    adds = np.array([row.kind == "infrastructure" for row in case.instance.projects], dtype=bool)
    by_recipe = np.where(adds, -1, by_project)[network.recipe_project]
    added = np.where(adds, by_project, -1)
    given = np.array(
        [row.capacity_t_per_year / 1000 for row in case.instance.corridors], dtype=np.float64
    )

    def on_corridors(values: Array, places: Positions) -> Array:
        used = places >= 0
        return grouped(values[:, used], places[used], count)

    used = on_corridors(done["flows"], by_route) + on_corridors(done["activity"], by_recipe)
    room = given + on_corridors(available(case), added)
    axes = (case.blocks, network.labels("corridors"))
    return [at_most(used, room, axes, "carries more than its capacity")]


def closed_loop(case: Case) -> list[Rows]:
    """Rule 16 closed_loop: no more scrap is collected than the collection rate allows.

    collected[z,m] ≤ collection rate · (arisings[z,m,t] + Σ_d t_per_t · served[d, t − lifetime]).
    """
    network, done = case.network, case.answer.operation
    arisen = np.zeros((len(case.years), network.count("nodes")))
    rate = np.zeros_like(arisen)
    for row, place in zip(case.instance.arisings, arising_nodes(case), strict=True):
        if row.year in case.years:
            arisen[row.year - case.years[0], place] = row.arisings_t_per_year / 1000
            rate[row.year - case.years[0], place] = row.collection_rate
    scrap = arisen[case.answer.year]
    for back in case.instance.end_of_life:
        d = network.at("segments", [back.segment])[0]
        zone = case.instance.segments[d].zone
        earlier = served_by(case, back.lifetime_years)
        given = np.append(case.answer.carried["served"][:, d], 0.0)
        scrap[:, network.at("nodes", [(zone, back.material)])[0]] += back.t_per_t * given[earlier]
    axes = (case.blocks, network.labels("nodes"))
    most = rate[case.answer.year] * scrap
    return [at_most(done["collected"], most, axes, "collects more than arises")]


def available(case: Case) -> Array:
    """online[p,t,s] of each block and project (kt/y)."""
    at = (case.answer.scenario, case.answer.year)
    late = case.online_late.transpose(0, 2, 1)
    return np.asarray(late[at] * case.worlds.availability[at])


def _unlocked(case: Case) -> Array:
    """What each recipe may use by the programme that unlocks it (kt/y); infinite without one."""
    network, projects = case.network, case.instance.projects
    programme = network.at("projects", [row.unlocked_by for row in case.instance.recipes])
    capacity = np.array(
        [row.capacity_t_per_year / 1000 * row.offtake_share for row in projects], dtype=np.float64
    )
    share = available(case) / np.where(capacity > 0, capacity, 1.0)
    most = share[:, programme] * capacity[network.recipe_project]
    return np.where(programme >= 0, most, np.inf)


def arising_nodes(case: Case) -> Positions:
    """Node of every row of arisings."""
    return case.network.at("nodes", [(row.zone, row.material) for row in case.instance.arisings])


def _made_bought_collected(case: Case) -> Array:
    """What each node has of its own: outputs, purchases, collected scrap, releases."""
    network, done = case.network, case.answer.operation
    made = _through_recipes(case, np.maximum(network.ingredient_t_per_t, 0.0))
    bought = grouped(done["purchases"], network.supplier_node, network.count("nodes"))
    return made + bought + done["collected"] + moved(case)[1]


def _through_recipes(case: Case, t_per_t: Array) -> Array:
    """Quantity of ingredients by block and node, at so many tonnes of each per activity."""
    network = case.network
    activity = case.answer.operation["activity"][:, network.ingredient_recipe]
    return grouped(activity * t_per_t, network.ingredient_node, network.count("nodes"))

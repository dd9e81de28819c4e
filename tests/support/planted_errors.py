"""Errors to plant in a good plan, and the rule under whose name the checker must report each.

`PLANTED` works on hand-made and on solved plans alike: a planting returns None where the instance
or the plan has nothing to plant it in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from optimizer.plan import WorthParts
from optimizer.vocabulary.plan_tables import BY_NAME, COLUMNS
from tests.support.planted_choice import (
    all_private,
    alone_forgotten,
    cash_invented,
    claimed_alone,
    fund_in_alone,
    operating_started,
    overspent,
    relation_broken,
    started_too_late,
    started_twice,
    underpaid,
)
from tests.support.planted_failure import (
    covered_as_if_certain,
    failed_plant_run,
    failed_stock_kept,
    repaid_for_certain,
    run_as_if_certain,
)
from tests.support.planted_finance import (
    credit_of_another,
    floor_forgotten,
    nothing_in_return,
    promised,
    salvage_counted_whole,
    signed_at_no_start,
    taken_for_grants,
)
from tests.support.planted_operation import (
    bought_above_the_limit,
    collected_from_nowhere,
    corridor_overloaded,
    lost_on_the_way,
    passed_on,
    reserve_run_in_peace,
    route_overloaded,
    run_above_capacity,
    run_before_it_is_unlocked,
    served_out_of_turn,
    served_too_much,
    sold_above_the_limit,
    starved,
    tranche_too_large,
)
from tests.support.planted_policies import (
    bought_from,
    bought_of_the_untrusted,
    chosen_otherwise,
    excess_hidden,
    excess_of_a_hard_row,
    mined_for_others,
    money_moved,
    run_harder,
)
from tests.support.planted_promises import floor_unsigned, offtake_unsigned, untaken_hidden
from tests.support.planted_reserve import (
    changed,
    cover_missed,
    late_plant_on_time,
    planned_above_capacity,
    released_in_peace,
    scrap_from_nowhere,
    stock_forgotten,
)
from tests.support.planted_shared import bound_missed, concentrated, one_member_starved
from tests.support.planted_statements import (
    amount_of,
    amounts_misstated,
    criterion_misstated,
    dated_wrongly,
    dropped_and_cheaper,
    foreseen,
    gap_misstated,
    gap_of_worth_misstated,
    gap_too_small,
    kept_behind,
    made_worth_more,
    named_wrongly,
    not_operated,
    nothing_builds,
    nothing_operated_otherwise,
    of_nothing_misstated,
    part_misstated,
    proof_misstated,
    said_to_be_optimal,
    said_twice,
    shock_ignored,
    split_misstated,
    too_little_kept,
    without_fund_misstated,
)

if TYPE_CHECKING:
    from tests.support.planting import Planting


class Planted(NamedTuple):
    """An error and the rule that must speak."""

    name: str
    rule: str
    plant: Planting


CRITERIA = (
    "expected_cost",
    "policy_penalty",
    "fund_cost",
    "treasury_cost",
    "public_funds_cost",
    "public_capital",
    "guaranteed",
    "private_capital",
    "expected_shortage",
    "mean_shortage_cost",
    "tail_shortage",
    "tariffs",
    "carbon",
    "water",
    "worst_member_service",
    "largest_country_share",
    "strategic_value",
)

CHOSEN = (
    "esg_floor",
    "esg_shortfall",
    "esg_mean",
    "uncertified_share",
    "attribute_sum",
    "attribute_mean",
)

PLANTED: tuple[Planted, ...] = (
    Planted("started twice", "1 once", started_twice),
    Planted("operating project started", "1 once", operating_started),
    Planted("started too late", "1 once", started_too_late),
    Planted("going ahead forgotten", "1 once", alone_forgotten),
    Planted("claimed to go ahead alone", "1 once", claimed_alone),
    Planted("required project dropped", "2 relations", relation_broken("requires")),
    Planted("excluded project added", "2 relations", relation_broken("excludes")),
    Planted("group emptied", "2 relations", relation_broken("group")),
    Planted("underpaid", "3 capital", underpaid),
    Planted("all private", "3 capital", all_private),
    Planted("fund money in what goes ahead alone", "3 capital", fund_in_alone),
    Planted("guarantee beyond the private money", "3 capital", promised("guarantee", 50.0)),
    Planted("royalty beyond its share", "3 capital", promised("royalty", 50.0)),
    Planted("tax credit beyond its cost", "3 capital", promised("tax_credit", 50.0)),
    Planted("tax credit of another member", "3 capital", credit_of_another),
    Planted("contract signed without a start", "3 capital", signed_at_no_start),
    Planted("price floor forgotten", "4 fund", floor_forgotten),
    Planted("royalties taken for grants", "4 fund", taken_for_grants),
    Planted("guarantees beyond their provision", "4 fund", promised("guarantee", 50.0)),
    Planted("cash invented", "4 fund", cash_invented),
    Planted("overspent", "4 fund", overspent),
    Planted("mandate missed", "5 mandates", money_moved(of_member=True)),
    Planted("nothing in return", "5 mandates", nothing_in_return),
    Planted("mined for others", "6 host_terms", mined_for_others),
    Planted("host_benefit missed", "6 host_terms", chosen_otherwise("host_benefit")),
    Planted("bought of the untrusted", "6 host_terms", bought_of_the_untrusted),
    Planted("exposure missed", "7 exposure", money_moved(of_member=False)),
    Planted("count missed", "7 exposure", chosen_otherwise("project_count")),
    *(Planted(f"{kind} missed", "8 esg", chosen_otherwise(kind)) for kind in CHOSEN),
    Planted("carbon_cap missed", "8 esg", run_harder("carbon_cap")),
    Planted("water_cap missed", "8 esg", run_harder("water_cap")),
    Planted("run above capacity", "9 capacity", run_above_capacity),
    Planted("reserve run in peace", "9 capacity", reserve_run_in_peace),
    Planted("run before it is unlocked", "9 capacity", run_before_it_is_unlocked),
    Planted("failed plant run", "9 capacity", failed_plant_run),
    Planted("run as if it could not fail", "9 capacity", run_as_if_certain),
    Planted("failed stockpile kept", "14 stockpiles", failed_stock_kept),
    Planted("covered as if it could not fail", "14 stockpiles", covered_as_if_certain),
    Planted("repaid as if it could not fail", "4 fund", repaid_for_certain),
    Planted("lost on the way", "11 balance", lost_on_the_way),
    Planted("bought above the limit", "12 trade", bought_above_the_limit),
    Planted("route overloaded", "12 trade", route_overloaded),
    Planted("passed on", "12 trade", passed_on),
    Planted("sold above the limit", "12 trade", sold_above_the_limit),
    Planted("served too much", "13 demand", served_too_much),
    Planted("served out of turn", "13 demand", served_out_of_turn),
    Planted("tranche too large", "13 demand", tranche_too_large),
    Planted("late plant on time", "9 capacity", late_plant_on_time),
    Planted("offtake without a contract", "9 capacity", offtake_unsigned),
    Planted("untaken hidden", "9 capacity", untaken_hidden),
    Planted("open without a floor", "10 price_floor", floor_unsigned),
    Planted("stock grows", "14 stockpiles", changed("stock", 1.1)),
    Planted("fill forgotten", "14 stockpiles", changed("filled", 0.9)),
    Planted("released more", "14 stockpiles", changed("released", 1.1)),
    Planted("understock hidden", "14 stockpiles", changed("understock", 0.5)),
    Planted("planned above capacity", "14 stockpiles", planned_above_capacity),
    Planted("cover missed", "14 stockpiles", cover_missed),
    Planted("released in peace", "14 stockpiles", released_in_peace),
    Planted("stock forgotten", "14 stockpiles", stock_forgotten),
    Planted("scrap from nowhere", "16 closed_loop", scrap_from_nowhere),
    Planted("corridor overloaded", "15 shared_capacity", corridor_overloaded),
    Planted("collected from nowhere", "16 closed_loop", collected_from_nowhere),
    Planted("bought from one country", "17 country_share", bought_from),
    Planted("excess hidden", "17 country_share", excess_hidden),
    Planted("excess of a hard row", "17 country_share", excess_of_a_hard_row),
    Planted("capacity at a stage missed", "17 country_share", chosen_otherwise("stage_share")),
    Planted("concentrated", "18 hhi", concentrated),
    Planted("one member starved", "20 fairness", one_member_starved),
    Planted("criterion bound missed", "21 criterion_bound", bound_missed),
    Planted("starved in an embargo", "19 must_survive", starved),
    *(Planted(f"{name} names nobody", "tables", named_wrongly(name)) for name in COLUMNS),
    *(Planted(f"{name} in no year", "tables", dated_wrongly(name)) for name in COLUMNS),
    *(Planted(f"{name} said twice", "tables", said_twice(name)) for name in COLUMNS),
    *(
        Planted(f"{name} {what}", "tables", amount_of(name, amount))
        for name, columns in COLUMNS.items()
        if columns[-1] in ("kt", "amount_musd", "value")
        for what, amount in (("not a number", float("nan")), ("negative", -1.0))
        if what != "negative" or not BY_NAME[name].is_signed
    ),
    Planted("not operated", "operated_as", not_operated),
    Planted("shock ignored", "operated_as", shock_ignored),
    Planted("shock foreseen", "operated_as", foreseen),
    *(
        Planted(f"{name} misstated", f"criteria.{name}", criterion_misstated(name))
        for name in CRITERIA
    ),
    Planted("objective misstated", "objective", proof_misstated("objective", -0.01)),
    Planted("bound above the objective", "bound", proof_misstated("bound", 0.01)),
    Planted("gap too small", "bound", gap_too_small),
    Planted("gap misstated", "bound", gap_misstated),
    Planted("said to be optimal", "status", said_to_be_optimal),
    Planted("do-nothing misstated", "do_nothing", of_nothing_misstated("do_nothing")),
    Planted("do-nothing made dearer", "do_nothing", made_worth_more),
    Planted("do-nothing serves more", "do_nothing", nothing_operated_otherwise("served", 1.1)),
    Planted("do-nothing buys less", "do_nothing", nothing_operated_otherwise("purchases", 0.9)),
    Planted("do-nothing adds up otherwise", "do_nothing", nothing_operated_otherwise("amounts", 2)),
    Planted("do-nothing builds", "do_nothing", nothing_builds),
    Planted("worth misstated", "worth", of_nothing_misstated("worth")),
    Planted("gap of worth misstated", "worth", gap_of_worth_misstated),
    *(
        Planted(f"{name} without the fund misstated", "without_fund", without_fund_misstated(name))
        for name in CRITERIA
    ),
    Planted("amounts misstated", "amounts", amounts_misstated),
    Planted("too little kept", "kept", too_little_kept),
    Planted("operation kept behind", "tables", kept_behind),
    Planted("dropped and cheaper", "criteria.expected_cost", dropped_and_cheaper),
    *(
        Planted(f"worth of {part} misstated", "worth_parts", part_misstated(part))
        for part in WorthParts.model_fields
    ),
    Planted("salvage counted whole", "criteria.expected_cost", salvage_counted_whole),
    Planted("worth split misstated", "worth_parts", split_misstated),
)
"""Every error, one at least per rule and per criterion."""

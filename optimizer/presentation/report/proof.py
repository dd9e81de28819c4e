"""What is proved of a plan, what came of the search, and what the figures rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.presentation.report.layout import Section
from optimizer.presentation.report.words import amount, number_of, percent

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Certificate, Plan
    from optimizer.plan.legend import Legend

SMALL_WORTH = 0.05
"""Share of the objective under which a plan's worth is flagged as small."""
HOLE = 0.1
"""Share of the worth above which shortage of the undisturbed world is told."""
NO_DISTANCE = 1e-9
"""Share of the objective that counts as no distance to the bound."""
STOPPED = {"time_limit": "the time limit", "interrupt": "your interruption"}


def outcome(plan: Plan, instance: Instance | None) -> Section:
    """Why there is no plan: what arithmetic finds to contradict itself, where it finds it."""
    if plan.proof.status == "infeasible":
        why = _contradictions(instance) if instance is not None else []
        what = (
            "Change what is named here"
            if why
            else "Relax a hard policy, a lock (fix-in) or a relation, or raise the budget"
        )
        text = (
            "No plan satisfies all the rules: the solver has proved it twice.",
            *why,
            f"{what}, one at a time, and solve again.",
        )
    else:
        by = STOPPED.get(plan.proof.stopped_by, plan.proof.stopped_by)
        text = (
            f"No plan was found before {by}; there may be one.",
            "Allow more time.",
        )
    return Section("No plan", text)


def _contradictions(instance: Instance) -> list[str]:
    """The rules that cannot be kept together, by row."""
    from optimizer.instance.validation import contradictions, named_row

    return [
        f"{found.table} {named_row(found)}".replace("row '", "'", 1)
        for found in contradictions(instance)
    ]


def proof(plan: Plan, legend: Legend | None) -> Section:
    """How good the plan is known to be, what it is worth, and who has checked it."""
    worth = (*_worth(plan, legend), *_failure(plan, legend))
    sentences = [*_distance(plan, legend), *worth, *_verified(plan, legend), *_certificate(plan)]
    return Section("Proof", tuple(sentences))


def origin(plan: Plan, instance: Instance | None, legend: Legend | None) -> Section:
    """What the figures rest on, and how they came about."""
    sentences = []
    if legend is not None:
        sentences = [
            _assumed(plan, instance, legend),
            "The alliance is a price-taker: prices do not react to what it builds. Money is in "
            f"million USD of {legend.base_year}, discounted at {percent(legend.discount_rate)} "
            "a year.",
        ]
    asked = plan.options
    limit = f", time limit {asked.time_limit_s:g} s" if asked.time_limit_s is not None else ""
    versions = ", ".join(f"{name} {version}" for name, version in sorted(plan.versions.items()))
    sentences += [
        f"Instance {plan.instance_id}, SHA-256 {plan.instance_hash[:16]}…; gap "
        f"{percent(asked.gap)}, gap of worth {percent(asked.worth_gap)}, seed {asked.seed}{limit}.",
        f"Took {plan.proof.wall_s:.1f} s ({plan.proof.cpu_s:.1f} s of CPU) with {versions}.",
    ]
    return Section("What this rests on", tuple(sentences))


def _assumed(plan: Plan, instance: Instance | None, legend: Legend) -> str:
    """How many figures are assumed, and how much of what a plan costs they price."""
    text = (
        f"{legend.assumed:,} of {legend.figures:,} figures of the instance "
        f"({percent(legend.assumed / max(legend.figures, 1))}) are assumed; the others are "
        "reported, or derived from reported ones."
    )
    if instance is None or not plan.found:
        return text
    from optimizer.evaluation.assumed_share import assumed_share

    return text + (
        f" Assumed figures price {percent(assumed_share(instance, plan))} of what building, "
        "operation, purchases and shortage come to in this plan"
        + ("." if plan.kept is None else ", in the scenarios whose operation is kept.")
    )


def _distance(plan: Plan, legend: Legend | None) -> list[str]:
    """The gap, in words."""
    stated, unit = plan.proof, legend.objective_unit if legend else ""
    assert stated.objective is not None
    of_what = "cost" if legend and legend.objective_is_cost else "objective"
    terms = _terms(plan)
    lines = [f"Its {of_what} is {_with(stated.objective, unit)}{terms}."]
    if stated.bound is None or stated.gap is None:
        lines.append("How far the best plan is from it is not known: the search ended too early.")
    elif stated.gap <= NO_DISTANCE:
        better = ", and no plan is better" if not terms else f"{terms}. No plan is better"
        lines = [f"Its {of_what} is {_with(stated.objective, unit)}{better}."]
    else:
        distance = _with(abs(stated.objective - stated.bound), unit)
        worth = stated.gap_against_doing_nothing
        of_worth = f", {percent(worth)} of what this plan is worth" if worth is not None else ""
        lines.append(
            f"No plan can be more than {distance} better: {percent(stated.gap)} of the "
            f"{of_what}{of_worth}."
        )
    lines += _spared(plan, legend)
    if stated.stopped_by == "tolerance":
        lines.append(
            f"That is more than the gap asked for, {percent(plan.options.gap)}: the further steps "
            f"may give up {_with(stated.granted or 0.0, unit)} by their tolerance."
        )
    elif stated.stopped_by == "numerics":
        lines.append(
            "The search took its own point for close enough; with whole decisions the plan is not "
            "within the gap asked for. Look for figures far larger or smaller than the others."
        )
    elif stated.status == "feasible":
        by = STOPPED.get(stated.stopped_by, stated.stopped_by)
        lines.append(f"The search was ended by {by} before it reached the gap asked for.")
    return [" ".join(lines)]


def _spared(plan: Plan, legend: Legend | None) -> list[str]:
    """What a cheaper plan within the gap spares the fund, and what that gives up."""
    first, stated = plan.proof.spared, plan.proof
    if first is None or stated.objective is None:
        return []
    unit = legend.objective_unit if legend else ""
    change = _with(abs(stated.objective - first.objective), unit)
    is_better = stated.bound is not None and abs(stated.objective - stated.bound) < abs(
        first.objective - stated.bound
    )
    price = (
        f"its objective is {change} better" if is_better else f"gives up {change} of the objective"
    )
    return [
        "Among plans within that gap it is the cheapest for the fund that a short search found: it "
        f"costs the fund {amount(plan.criteria['fund_cost'])} M$ instead of "
        f"{amount(first.fund_cost)} M$, and {price}."
    ]


def _worth(plan: Plan, legend: Legend | None) -> list[str]:
    """What the plan is better than doing nothing by."""
    stated, unit = plan.proof, legend.objective_unit if legend else ""
    if stated.worth is None or stated.do_nothing is None or stated.objective is None:
        return []
    nothing = _with(stated.do_nothing, unit)
    penalty = plan.criteria.get("policy_penalty", 0.0)
    apart = f" (policy penalties of {_with(penalty, unit)} left out)" if penalty > 0.005 else ""
    if stated.worth <= NO_DISTANCE * abs(stated.objective):
        return [f"It is worth no more than doing nothing ({nothing}): {_why_nothing(plan, legend)}"]
    is_money = legend is not None and legend.objective_is_cost
    verb = "costs" if is_money else "comes to"
    if stated.worth_parts is not None and not is_money:
        nothing += f", of which {amount(plan.without_fund['expected_cost'])} M$ are expected cost"
    text = f"It is worth {_with(stated.worth, unit)}{apart}: doing nothing {verb} {nothing}."
    text += _parts(plan) + _short_undisturbed(plan, legend)
    share = stated.worth / max(abs(stated.objective), NO_DISTANCE)
    if share < SMALL_WORTH:
        text += (
            f" That is {percent(share)} of the objective: small against the whole market, so "
            "the gap of worth is the one to look at."
        )
    return [text]


def _short_undisturbed(plan: Plan, legend: Legend | None) -> str:
    """A warning where much of the worth is shortage that doing nothing has without any shock."""
    worth = plan.proof.worth or 0.0
    if plan.do_nothing is None or legend is None or plan.proof.worth_parts is None:
        return ""
    rows = plan.do_nothing.columns("amounts")
    cost = sum(
        value / (1 + legend.discount_rate) ** (year - legend.base_year)
        for scenario, account, year, value in zip(*rows.values(), strict=True)
        if scenario == legend.nominal and account == "shortage"
    )
    if cost <= HOLE * worth:
        return ""
    return (
        f" WARNING: doing nothing goes short by {amount(cost)} M$ in the undisturbed world, "
        f"{percent(cost / worth)} of this worth. That is a market that does not meet its demand at "
        "the prices given, and no disruption: look at limits of supply and prices before you "
        "quote the worth."
    )


def _failure(plan: Plan, legend: Legend | None) -> list[str]:
    """What is said of projects that may fail, and what the plan would be worth if none did."""
    sure, how = plan.proof.worth_if_all_succeed, plan.legend.failure if plan.legend else None
    if plan.proof.worth is None:
        return []
    if how is None:
        return [
            "An earlier version made this plan, and ignored that projects may fail: all of this "
            "holds if every project succeeds."
        ]
    if how == "ignored":
        return [
            "FAILURE IS IGNORED (settings.failure): all of this holds if every project succeeds."
        ]
    if sure is None:
        return []
    return [
        f"That is with failures as {how}; if every project succeeded, the same choice would be "
        f"worth {_with(sure, legend.objective_unit if legend else '')} (the solver's word, not "
        "recomputed by the checker)."
    ]


def _terms(plan: Plan) -> str:
    """What the objective adds to expected cost, which alone is money that is spent."""
    parts = plan.certificate.parts if plan.certificate is not None else {}
    names = {"a risk term": "risk", "a cost of public funds": "public_funds"}
    found = {what: value for what, name in names.items() if (value := parts.get(name, 0.0))}
    if plan.proof.worth_parts is None or not found:
        return ""
    if penalty := plan.criteria["policy_penalty"]:
        found["policy penalties"] = penalty
    said = [f"{what} of {amount(value)} M$" for what, value in found.items()]
    cost = f"an expected cost of {amount(plan.criteria['expected_cost'])} M$"
    return f": {', '.join([cost, *said[:-1]])} and {said[-1]}"


def _parts(plan: Plan) -> str:
    """What the worth is made of: money expected to be saved, and what is weighed besides."""
    parts = plan.proof.worth_parts
    if parts is None:
        return ""
    besides = {"risk term": parts.risk, "cost of public funds": parts.public_funds}
    said = [f"{amount(value)} M$ of the {what}" for what, value in besides.items() if value]
    more = f"; besides, {' and '.join(said)}" if said else ""
    return (
        f" It saves {amount(parts.undisturbed + parts.disruptions)} M$ of expected cost: "
        f"{amount(parts.undisturbed)} in the undisturbed world and {amount(parts.disruptions)} by "
        f"disruptions{more}. What plants are worth after the last year makes "
        f"{amount(parts.salvage)} M$ of that."
    )


def _why_nothing(plan: Plan, legend: Legend | None) -> str:
    """Why a plan is worth nothing, as far as it is known."""
    stated = plan.proof
    if not plan.chosen:
        if legend and not legend.candidates:
            return "there is no candidate to choose."
        proven = stated.gap is not None and stated.gap <= NO_DISTANCE
        if proven:
            return "no choice of candidates is better than none."
        return "no choice that is better than none was found; one within the gap may be."
    if legend and legend.asked:
        return "policies, locks or further steps ask for what it builds."
    return "what it builds gains nothing that could be told from nothing within the gap."


def _certificate(plan: Plan) -> list[str]:
    """What the checker found."""
    found = plan.certificate
    if found is None:
        return ["NOT CHECKED: no certificate comes with this plan."]
    if found.ok:
        return [
            f"Checked: {len(found.rules_checked)} rules and figures recomputed from instance and "
            f"plan without the model; largest deviation {found.worst_violation:.1g}.",
            *_remarks(plan, found),
        ]
    worst = max(found.violations, key=lambda violation: violation.amount)
    return [
        f"REFUSED BY THE CHECKER: {number_of(len(found.violations), 'violation')}, the largest "
        f"of rule {worst.rule}, {worst.where} ({worst.amount:.2g})."
    ]


def _verified(plan: Plan, legend: Legend | None) -> list[str]:
    """The bound that does not rest on the solver's word."""
    found, stated, unit = plan.certificate, plan.proof, legend.objective_unit if legend else ""
    if found is None or found.verified_bound is None or stated.objective is None:
        return []
    distance = abs(stated.objective - found.verified_bound)
    share = distance / max(abs(stated.objective), NO_DISTANCE)
    side = "more" if found.verified_bound > stated.objective else "less"
    how = (
        "from its relaxation"
        if found.verified_leaves == 1
        else f"by branching into {found.verified_leaves:,} parts"
    )
    return [
        f"Verified without the solver, in arithmetic that rounds against the plan, {how}: no plan "
        f"comes to {side} than {_with(found.verified_bound, unit)}, which is {percent(share)} away."
    ]


def _remarks(plan: Plan, found: Certificate) -> tuple[str, ...]:
    """What was not recomputed, and whose word it is, whatever version the certificate is of."""
    from optimizer.plan.keeping import remarks_of

    return found.remarks or remarks_of(plan)


def _with(value: float, unit: str) -> str:
    return f"{amount(value)} {unit}".rstrip()

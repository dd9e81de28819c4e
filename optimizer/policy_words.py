"""A policy in a few words, as reports and legends of plans say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optimizer.records import Policy

SHARES = (
    "money_share",
    "country_share",
    "stage_share",
    "uncertified_share",
    "must_survive",
    "local_processing",
    "host_benefit",
    "untrusted_share",
    "juste_retour",
    "fairness",
)


def said_of(policy: Policy) -> str:
    """A policy in a few words."""
    bound = _bound(policy)
    of = f"{policy.element or ''} {policy.stage or ''}".strip()
    score = (policy.score or "").upper()
    if policy.kind == "country_share":
        return f"{policy.country} supplies {bound} of {of}"
    if policy.kind == "stage_share":
        return f"capacity {bound} of {of}{_tagged(policy, ' in ')}"
    if policy.kind == "money_share":
        whose = f"{policy.member}'s" if policy.member else "the fund's"
        way = " as " if policy.tag == "instrument" else " to "
        return f"{bound} of {whose} budget{_tagged(policy, way)}"
    if policy.kind == "juste_retour":
        return f"{policy.member}'s firms get {bound} of what it pays"
    if policy.kind == "project_count":
        return f"{bound} projects{_tagged(policy, ': ')}"
    what = {
        "esg_floor": f"{score} score of each project",
        "esg_shortfall": f"{score} points missing to {policy.target or 0:g}",
        "esg_mean": f"mean {score} score",
        "uncertified_share": "uncertified projects, share of the budget",
        "carbon_cap": "carbon in kt CO2e a year",
        "water_cap": "water in million m³ a year",
        "local_processing": f"{policy.element} processed of what is mined in {policy.country}",
        "host_benefit": f"share of revenue that stays in the host country{_tagged(policy, ', ')}",
        "untrusted_share": f"{of} from suppliers that are not trusted",
        "hhi_cap": f"index of the origins of {of}",
        "fairness": "share short of a member beyond that of all",
        "days_of_cover": f"days of demand in stockpiles{_tagged(policy, ', ')}",
        "criterion_bound": str(policy.criterion),
        "must_survive": f"missing to {policy.segment or 'any segment'} in what must be survived",
    }.get(policy.kind, f"{policy.attribute}, {policy.kind.removeprefix('attribute_')}")
    return f"{what}: {bound}"


def _tagged(policy: Policy, before: str) -> str:
    """Which projects or money the policy counts, after a joining word; nothing for all."""
    if policy.tag == "all":
        return ""
    if policy.tag in ("inside", "outside"):
        return f"{before}plants {policy.tag} the alliance"
    name = "" if policy.tag == "instrument" else policy.tag.replace("_", " ") + " "
    return f"{before}{name}{policy.tag_value}"


def _bound(policy: Policy) -> str:
    """`at most 90 % → 40 % in 2035`."""

    def text(value: float) -> str:
        return f"{100 * value:.4g} %" if policy.kind in SHARES else f"{value:,.6g}"

    glide = ""
    if policy.final_value is not None:
        glide = f" → {text(policy.final_value)} in {policy.glide_until}"
    return f"at {policy.sense} {text(policy.value)}{glide}"

"""A policy in a few words, as reports and legends of plans say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.vocabulary.policies import KINDS, USED_BY

if TYPE_CHECKING:
    from optimizer.instance.records import Policy


def said_of(policy: Policy) -> str:
    """A policy in a few words."""
    return KINDS[policy.kind].says.format_map(_words(policy))


def _words(policy: Policy) -> dict[str, object]:
    """What the sentences of `vocabulary.policies` leave open."""
    fields = {name: getattr(policy, name) or "" for name in USED_BY}
    return fields | {
        "bound": _bound(policy),
        "of": f"{policy.element or ''} {policy.stage or ''}".strip(),
        "score": (policy.score or "").upper(),
        "target": f"{policy.target or 0:g}",
        "segment": policy.segment or "any segment",
        "whose": f"{policy.member}'s" if policy.member else "the fund's",
        "to": _tagged(policy, " as " if policy.tag == "instrument" else " to "),
        "which": _tagged(policy, ": "),
        "where": _tagged(policy, " in "),
        "also": _tagged(policy, ", "),
    }


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
        return f"{100 * value:.4g} %" if KINDS[policy.kind].is_share else f"{value:,.6g}"

    glide = ""
    if policy.final_value is not None:
        glide = f" → {text(policy.final_value)} in {policy.glide_until}"
    return f"at {policy.sense} {text(policy.value)}{glide}"

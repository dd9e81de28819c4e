"""The review of a plan in words: who did what, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.resources.plans import ReviewStep

DONE = {
    ("draft", "in_review"): "submitted for review",
    ("returned", "in_review"): "submitted for review again",
    ("in_review", "reviewed"): "reviewed",
    ("in_review", "returned"): "returned",
    ("reviewed", "returned"): "returned",
    ("reviewed", "reviewed"): "signed; more must sign",
    ("reviewed", "signed_off"): "signed off",
}


def in_words(steps: Sequence[ReviewStep]) -> str:
    """The last section of a plan's report: every step, the first one first."""
    if not steps:
        return "REVIEW\n  A draft: nobody has submitted it for review.\n"
    state = steps[-1].after.replace("_", " ")
    lines = [f"  {step.at:%Y-%m-%d %H:%M} UTC  {_done(step)}" for step in steps]
    return "\n".join(["REVIEW", f"  The plan is {state}.", *lines, ""])


def _done(step: ReviewStep) -> str:
    return f"{DONE[step.before, step.after]} by {step.by_name} ({step.by})"

"""The bound of a saved plan, verified anew.

Enters: an instance and a plan. Leaves: what is verified now, and where the plan says more. The
checker recomputes what the plan comes to; that no other is better rests on the program, so it is
looked at here: the relaxation is solved again, and its multipliers are taken for what they prove.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from optimizer.blocks.worlds import Worlds
from optimizer.highs.process import Stop
from optimizer.plan import Violation
from optimizer.program.prepared import stamp_prepared
from optimizer.solving.operating import tightened
from optimizer.solving.rounding import rounding
from optimizer.solving.session import Session
from optimizer.solving.verified_bound import verified_root, verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.highs.process import Progress
    from optimizer.instance import Instance
    from optimizer.plan import Options, Plan
    from optimizer.solving.root import Root

RULE = "verified bound"
AROUND_THE_ROOT = 50
"""Parts into which a program is divided to verify as much as a relaxation did before: where it is
solved again, its cuts may be others."""


@dataclass(frozen=True)
class Rechecked:
    """What is verified of a saved plan's bound."""

    bound: float | None
    """In the objective's natural sign; None where nothing could be verified."""
    leaves: int
    is_repeated: bool
    """Whether as much was verified as the plan's certificate states."""
    violations: tuple[Violation, ...]
    """Where the plan says more than can be."""


def recheck_bound(
    instance: Instance,
    plan: Plan,
    options: Options,
    progress: Callable[[Progress], None] | None = None,
    stop: Stop | None = None,
) -> Rechecked:
    """Verify the bound of a saved plan without the solver's word.

    Args:
        instance: what the plan is for.
        plan: a plan that was found.
        options: seed, time limit, and with `certify` to branch until as much is verified as the
            certificate states and the plan's own bound says.
        progress: called with how far it is.
        stop: counts requests to stop.

    Raises:
        SolverFailed: the relaxation has no answer that can be trusted.
    """
    session = Session(options, progress, stop or Stop())
    sign = 1.0 if instance.settings.objective.sense == "minimise" else -1.0
    was_root = plan.certificate is not None and plan.certificate.verified_leaves == 1
    value = sign * (plan.proof.objective or 0.0)
    room = rounding(value, sign * (plan.proof.do_nothing or 0.0))
    who, wanted = _claimed(instance, plan, sign, certify=options.certify)
    most = math.inf if options.certify else AROUND_THE_ROOT if was_root else 1
    with session.stop.on_interrupt():
        root = _root(instance, session)
        if root is None:
            return Rechecked(None, 0, is_repeated=False, violations=())
        found = verify(root, session, value, lambda bound: bound >= wanted - room, most)
    is_repeated = wanted > -math.inf and found.bound >= wanted - room
    verified, said = f"{sign * found.bound:.9g}", []
    if found.bound > value + room:
        where = f"no plan is better than {verified}, the plan's objective is {sign * value:.9g}"
        said.append(_violation(where, found.bound - value, value))
    is_due = (was_root or options.certify) and not session.over
    if wanted > -math.inf and not is_repeated and is_due:
        where = f"the {who} states {sign * wanted:.9g}, verified is {verified}"
        said.append(_violation(where, wanted - found.bound, value))
    return Rechecked(sign * found.bound, found.leaves, is_repeated, tuple(said))


def _claimed(instance: Instance, plan: Plan, sign: float, *, certify: bool) -> tuple[str, float]:
    """Who states the most of what is to be verified, and what, as it is minimised; −∞ for none."""
    stated = None if plan.certificate is None else plan.certificate.verified_bound
    claims = [("certificate", -math.inf if stated is None else sign * stated)]
    # The tangents that a plan needed of a cone are not known here, so its bound may rest on more.
    has_cone = any(row.enabled and row.kind == "hhi_cap" for row in instance.policies)
    if certify and plan.proof.bound is not None and not has_cone:
        claims.append(("plan", sign * plan.proof.bound))
    return max(claims, key=lambda claim: claim[1])


def _root(instance: Instance, session: Session) -> Root | None:
    """The relaxation with its cuts; None where it did not end."""
    stamped = stamp_prepared(Worlds.of(instance))
    if stamped.worlds.q.enabled("hhi_cap"):
        stamped = tightened(stamped, session)
    return verified_root(stamped, session)


def _violation(where: str, distance: float, value: float) -> Violation:
    return Violation(rule=RULE, where=where, amount=distance / max(1.0, abs(value)))

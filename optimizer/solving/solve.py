"""Solve an instance: from the model to a proven plan.

Enters: an `Instance` and `Options`. Leaves: a `Plan` with its proof and certificate, or a `Plan`
without a choice where there is none to find. The steps: do-nothing, the first step (a mixed-integer
program), the same point re-solved as a linear program with the choice fixed, and the later steps
that say whose money pays.
"""

from __future__ import annotations

import math
import platform
import time
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from optimizer.blocks.worlds import Worlds
from optimizer.checker import judge
from optimizer.errors import SolverFailed
from optimizer.highs.process import Answer, Progress, Stop
from optimizer.plan import Options, Plan, Proof, altered
from optimizer.plan.keeping import kept_part, refuse_unknown, remarks_of
from optimizer.plan.legend import legend_of
from optimizer.plan.tables import plain_columns, tables
from optimizer.program.criteria import criteria_of
from optimizer.program.prepared import stamp_prepared
from optimizer.program.prices import investment_prices
from optimizer.program.readback import tables_of
from optimizer.solving.all_succeed import worth_if_all_succeed
from optimizer.solving.doing_nothing import doing_nothing
from optimizer.solving.firmness import with_firmness
from optimizer.solving.later_steps import fairest_payments, least_fund_cost
from optimizer.solving.portfolio import choose
from optimizer.solving.session import Session
from optimizer.solving.verdict import proof_of
from optimizer.solving.verified_bound import with_verified_bound

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from optimizer.instance import Instance
    from optimizer.plan import Status
    from optimizer.solving.doing_nothing import Nothing
    from optimizer.solving.portfolio import Portfolio
    from optimizer.solving.verified_bound import Verified

    Floats = NDArray[np.float64]


def solve(
    instance: Instance,
    options: Options | None = None,
    *,
    progress: Callable[[Progress], None] | None = None,
    stop: Stop | None = None,
) -> Plan:
    """Choose, prove and check a portfolio.

    Args:
        instance: a valid instance.
        options: gap, time limit and seed.
        progress: called with every `Progress` of the solver, from this thread.
        stop: counts requests to stop from outside; Ctrl-C in the main thread counts as one.

    Returns:
        The plan; `plan.found` is False where none exists or none was found in time.

    Raises:
        InvalidOptions: operation is to be kept of a scenario that the instance does not have.
        SolverFailed: no answer that can be trusted, among them a plan that the checker refuses.
        KeyboardInterrupt: Ctrl-C was pressed twice.
    """
    cpu = time.process_time()
    session = Session(options or Options(), progress, stop or Stop())
    refuse_unknown(instance, session.options)
    with session.stop.on_interrupt():
        found, nothing = portfolio_of(instance, session)
        found, verified = with_verified_bound(found, session, nothing.value)
        if found.x is None:
            plan = _no_plan(instance, session.options, found.answer)
        else:
            plan = _plan(found, found.x, session, nothing)
        if plan.found:
            plan = _stating(_checked(instance, plan), verified, instance)
            plan = with_firmness(instance, plan, session) if session.options.firm else plan
    proof = plan.proof.replaced(
        wall_s=time.monotonic() - session.began,
        cpu_s=session.cpu_s + time.process_time() - cpu,
    )
    legend = legend_of(instance, set(plan.tables.columns("choice")["project"]))
    return altered(kept_part(plan, instance), proof=proof, legend=legend)


def portfolio_of(instance: Instance, session: Session) -> tuple[Portfolio, Nothing]:
    """The portfolio with what is proven of it, and the world without the fund."""
    nothing = doing_nothing(instance, session)
    stamped = stamp_prepared(Worlds.of(instance))
    session.reserve()
    return choose(stamped, session, nothing.value), nothing


def _plan(found: Portfolio, x: Floats, session: Session, nothing: Nothing) -> Plan:
    stamped, answer = found.stamped, found.answer
    instance = stamped.worlds.q.instance
    held = [investment_prices(stamped.investment, weights) for weights in found.held]
    money = session.linear(least_fund_cost(stamped, x, held), "least fund cost")
    if instance.members:
        fair = fairest_payments(stamped, x, money, held)
        money = session.linear(fair, "fairest payments")[:-1]
    x = np.concatenate([money, x[len(money) :]])
    criteria = criteria_of(stamped, x)
    proof = proof_of(found, x, session.options, nothing, criteria)
    sure = worth_if_all_succeed(stamped, x, session)
    return Plan(
        instance_id=instance.settings.id,
        instance_hash=instance.content_hash,
        options=session.options,
        versions=_versions(answer.version),
        proof=proof.replaced(worth_if_all_succeed=sure),
        criteria=criteria,
        policies=plain_columns("policies"),
        tables=tables_of(stamped, x),
        without_fund=nothing.criteria,
        do_nothing=nothing.tables,
    )


def _stating(plan: Plan, verified: Verified | None, instance: Instance) -> Plan:
    """A plan whose certificate says what is verified, in the objective's natural sign."""
    if plan.certificate is None or verified is None or not math.isfinite(verified.bound):
        return plan
    sign = 1.0 if instance.settings.objective.sense == "minimise" else -1.0
    stated = {"verified_bound": sign * verified.bound, "verified_leaves": verified.leaves}
    plan = altered(plan, certificate=plan.certificate.replaced(**stated))
    assert plan.certificate is not None
    return altered(plan, certificate=plan.certificate.replaced(remarks=remarks_of(plan)))


def _no_plan(instance: Instance, options: Options, answer: Answer) -> Plan:
    assert answer.ending != "optimal"
    status: Status = "infeasible" if answer.ending == "infeasible" else "unknown"
    return Plan(
        instance_id=instance.settings.id,
        instance_hash=instance.content_hash,
        options=options,
        versions=_versions(answer.version),
        proof=Proof(status=status, stopped_by=answer.ending),
        criteria={},
        policies=plain_columns("policies"),
        tables=tables({}),
    )


def _versions(highs: str) -> dict[str, str]:
    return {
        "lodestone": version("lodestone"),
        "python": platform.python_version(),
        "pyomo": version("pyomo"),
        "highs": highs or version("highspy"),
    }


def _checked(instance: Instance, plan: Plan) -> Plan:
    """A plan with its certificate, its policy rows and amounts; one that fails is no plan."""
    found = judge(instance, plan)
    if not found.certificate.ok:
        worst = "; ".join(
            f"{v.rule}, {v.where}: {v.amount:.2g}" for v in found.certificate.violations[:5]
        )
        raise SolverFailed(f"the checker refuses the plan: {worst}")
    nothing = plan.do_nothing
    if nothing is not None and found.amounts_of_nothing is not None:
        nothing = altered(nothing, amounts=found.amounts_of_nothing)
    return altered(
        plan,
        certificate=found.certificate,
        policies=found.policies,
        tables=altered(plan.tables, amounts=found.amounts, project_accounts=found.project_accounts),
        do_nothing=nothing,
    )

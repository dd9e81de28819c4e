"""Jobs that have ended, and plans, made directly in the store: nothing is solved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.resources.plans import ChosenProject, TableInfo
from api.store import claims, plans
from api.store.claims import Claim, FiledPlan, Outcome
from optimizer import Options
from optimizer.plan import Certificate, Proof
from optimizer.plan.document import PlanDocument
from tests.support.people import queued, tiny

if TYPE_CHECKING:
    from api.caller import Caller
    from api.resources.plans import PlanSummary
    from api.store import Store

LEASE_S = 60.0


def claimed(store: Store, worker: str = "worker", lease_s: float = LEASE_S) -> Claim | None:
    """The next job, leased."""
    with store.database.write() as tx:
        return claims.claim(tx, worker, lease_s)


def filed(store: Store, *, found: bool = True) -> FiledPlan:
    """A plan of two projects with one small table, or the proof that there is none."""
    content = b"the rows of choice"
    proof = Proof(status="optimal", stopped_by="gap", objective=12.5, bound=12.5, gap=0.0)
    nothing = Proof(status="infeasible", stopped_by="infeasible")
    return FiledPlan(
        document=PlanDocument(
            instance_id="tiny",
            instance_hash="0" * 64,
            options=Options(),
            versions={"highs": "1.15.1"},
            proof=proof if found else nothing,
            criteria={"cost": 12.5},
            certificate=Certificate(ok=True, worst_violation=0.0),
        ),
        chosen=(
            ChosenProject(project="salar", start_year=2030, fund_musd=3.0, private_musd=1.0),
            ChosenProject(project="mine", start_year=2031, fund_musd=2.0, private_musd=0.0),
        ),
        tables=(
            TableInfo(
                name="choice",
                rows=2,
                columns=("project", "year"),
                size_bytes=len(content),
                sha256=store.files.put(content),
            ),
        ),
        assumed_share=0.5,
    )


def published(store: Store, claim: Claim, outcome: Outcome | None = None) -> bool:
    """End a claimed job, by default with a plan."""
    ended = outcome or Outcome(state="succeeded", cpu_s=2.0, plan=filed(store))
    with store.database.write() as tx:
        return claims.publish(tx, claim, ended)


def planned(store: Store, caller: Caller, *, found: bool = True) -> PlanSummary:
    """A plan of the caller's organisation, made from the instance `tiny`; no job may be waiting."""
    job = queued(store, caller, tiny(store, caller).id)
    claim = claimed(store)
    assert claim is not None
    assert claim.job_id == job.id
    state = "succeeded" if found else "infeasible"
    assert published(store, claim, Outcome(state, 2.0, filed(store, found=found)))
    with store.database.read() as tx:
        summary = plans.listed(tx, caller, None, 1).items[0]
    assert summary.id.startswith("plan_")
    return summary

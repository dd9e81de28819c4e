"""The plan: what is chosen and when, with whose money, what then runs, and the proof.

Enters: the solver's answer, read back by `optimizer.solving`. Leaves: one value that the checker,
the report, the comparison and the files all use. Quantities are in kt per year, money in M$.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import Field

from optimizer.instance.records import Record
from optimizer.plan.firm_case import FirmCase
from optimizer.vocabulary.versions import MODEL

if TYPE_CHECKING:
    import pandas as pd

    from optimizer.plan.legend import Legend

    Columns = dict[str, list[Any]]

Status = Literal["optimal", "feasible", "infeasible", "unknown"]
Keep = Literal["all", "marked"]
StoppedBy = Literal["gap", "tolerance", "numerics", "time_limit", "interrupt", "infeasible"]


Altered = TypeVar("Altered", "Plan", "Tables")


class Options(Record):
    """How to solve; nothing here changes what the best plan is."""

    gap: Annotated[float, Field(ge=0, le=1)] = 0.001
    """Stop when |objective − bound| is at most this share of the objective's size …"""
    worth_gap: Annotated[float, Field(ge=0)] = 0.02
    """… and at most this share of the plan's worth, where it is worth anything: half a per cent
    of the cost of a whole market may be all that a plan is worth."""
    time_limit_s: Annotated[float, Field(gt=0, le=1e7)] | None = None
    """Wall-clock limit of the whole solve: do-nothing, search, further steps and checker. The best
    portfolio so far is kept and made into a complete plan."""
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    certify: bool = False
    """Whether to branch on after the proof until the verified bound is as close as the gaps ask, or
    the time limit or an interruption comes. Without it that bound is the relaxation's."""
    firm: bool = False
    """Whether the plan says how firm it is: what its choice would be worth where what its worth
    leans on is otherwise (`Proof.firm`)."""
    firm_draws: Annotated[int, Field(ge=1, le=100_000)] = 200
    """Draws of failures for that. Where started and committed projects can fail in no more
    combinations, all of those are worked out instead."""
    keep: Keep | Annotated[tuple[str, ...], Field(min_length=1)] = "all"
    """Of which scenarios the plan keeps its operation: `all`; `marked`, the nominal one and those
    that must be survived; or a list of names beside these. What a scenario that is not kept comes
    to is kept by year and account, and all is checked before anything is dropped."""


class Violation(Record):
    """A rule that a plan breaks, as the checker found it."""

    rule: str
    """Number and name of the rule, for example `3 capital`."""
    where: str
    """Which project, member, scenario, year, …."""
    amount: float
    """By how much, relative to the size of the row."""


class Certificate(Record):
    """What an independent recomputation says of a plan."""

    ok: bool
    worst_violation: float
    """Largest relative violation of any rule; at most the tolerance where `ok`."""
    violations: tuple[Violation, ...] = ()
    rules_checked: tuple[str, ...] = ()
    parts: dict[str, float] = Field(default_factory=dict)
    """The objective by parts, recomputed (M$, or the criterion's own unit)."""
    remarks: tuple[str, ...] = ()
    """What is not recomputed and whose word it is, and by which version of the model the plan was
    judged, where that is not this one."""
    verified_bound: float | None = None
    """No plan of the first step can be better than this, whatever the solver did: computed by weak
    duality with outward rounding (`optimizer.program.weak_duality`), in the objective's natural
    sign. None where there was no time for it."""
    verified_leaves: int = 0
    """Parts of the program that were bounded by themselves for it: 1 where its relaxation was."""

    def refused(self, violations: tuple[Violation, ...]) -> Certificate:
        """The certificate with further violations, which are none where there are none."""
        worst = max((found.amount for found in violations), default=0.0)
        return self.replaced(
            ok=self.ok and not violations,
            worst_violation=max(self.worst_violation, worst),
            violations=self.violations + violations,
        )


class StepProof(Record):
    """What is proven of a further step of a lexicographic objective."""

    criteria: tuple[str, ...]
    """What the step weighs."""
    objective: float
    """Value of the plan in natural sign; later steps may have given up their tolerance of it."""
    bound: float | None = None
    """No plan that keeps to the steps before can be better than this."""


class WorthParts(Record):
    """What a worth is made of, M$: undisturbed, disruptions, risk and public_funds add up to it."""

    undisturbed: float
    """Expected cost that is saved if the nominal scenario were certain."""
    disruptions: float
    """Expected cost that is saved beyond that, over all scenarios."""
    risk: float = 0.0
    """risk_weight times the tail_shortage that is saved: no money, but what the fund weighs."""
    public_funds: float = 0.0
    """Cost of raising public money that is saved: below 0 where the plan takes public money."""
    salvage: float = 0.0
    """What of the undisturbed part is the value that plants have after the horizon."""


class Spared(Record):
    """The plan that was found first: as good within the gaps asked for, and dearer for the fund."""

    fund_cost: float
    """What it would have cost the fund, M$."""
    objective: float
    """Its objective in natural sign."""


class Proof(Record):
    """How good the plan is known to be."""

    status: Status
    """optimal: objective and bound are within the gaps asked for, or within what the further steps
    may give up; feasible: they are not; infeasible: no plan can satisfy the rules; unknown: a limit
    came before any plan."""
    stopped_by: StoppedBy
    """gap: the gaps asked for were reached; tolerance: further steps gave up more than the gaps
    asked for, as their tolerance allows (`granted`); numerics: the solver took its own point for
    good enough, but operated with whole decisions the plan is not; time_limit and interrupt: what
    came first; infeasible: there is no plan."""
    objective: float | None = None
    """Value of the plan in the objective's natural sign."""
    bound: float | None = None
    """No plan can be better than this."""
    gap: float | None = None
    """|objective − bound| / |objective|."""
    do_nothing: float | None = None
    """Objective without the fund: operating, committed and self-standing projects only."""
    worth: float | None = None
    """What the plan is better than doing nothing by, policy penalties left out."""
    worth_if_all_succeed: float | None = None
    """What the same choice would be worth if no project failed (`failure = ignored`): the solver's
    word, which the checker does not recompute; None where nothing can fail, or it is not known."""
    worth_parts: WorthParts | None = None
    """What the worth is made of; None where the objective is not expected cost with its terms, or
    an earlier version made the plan."""
    firm: tuple[FirmCase, ...] = ()
    """What the choice would be worth where something is otherwise, where that was asked for."""
    gap_against_doing_nothing: float | None = None
    """|objective − bound| / worth; None where the plan is worth nothing."""
    steps: tuple[StepProof, ...] = ()
    """What is proven of the further steps of the objective, in order."""
    granted: float | None = None
    """Distance from the bound, in the objective's unit, that the tolerances of further steps
    allow; None without further steps."""
    spared: Spared | None = None
    """What was found first, where a cheaper plan for the fund is as good within the gaps."""
    wall_s: float = 0.0
    cpu_s: float = 0.0
    """CPU time of all processes."""


class Framed:
    """A table of a plan as a frame, which is made of its columns when it is first asked for."""

    def __set_name__(self, _: type, name: str) -> None:
        """Note under which name it is known."""
        self._name = name

    def __get__(self, owner: object | None, _: type) -> pd.DataFrame:
        """The frame, always the same one.

        Raises:
            AttributeError: of a class, by which it is known to have no default.
        """
        if owner is None:
            raise AttributeError(self._name)
        value: Columns | pd.DataFrame = vars(owner)[self._name]
        if isinstance(value, dict):
            from optimizer.plan.tables import frame_of

            value = vars(owner)[self._name] = frame_of(value)
        return value

    def __set__(self, owner: object, value: Columns | pd.DataFrame) -> None:
        """Take it as a frame or as columns; a frozen dataclass does so once."""
        vars(owner)[self._name] = value


def plain(owner: object, name: str) -> Columns:
    """The columns of a `Framed` table, for which no frame is made.

    Raises:
        InvalidPlan: where it is a frame that lacks columns or holds text for numbers.
    """
    value: Columns | pd.DataFrame = vars(owner)[name]
    if isinstance(value, dict):
        return value
    from optimizer.plan.tables import plain_columns

    return plain_columns(name, value)


def altered(owner: Altered, **changes: object) -> Altered:
    """A copy of a plan or its tables with some fields changed.

    Unlike `dataclasses.replace` it makes no frames of the tables that stay.
    """
    held = {entry.name: vars(owner)[entry.name] for entry in fields(owner)}
    return type(owner)(**held | changes)


@dataclass(frozen=True)
class Tables:
    """The plan's numbers, as `vocabulary.plan_tables` describes them; only rows that are not zero.

    The operation tables are indexed by the scenario and year that a block of operation was
    solved for; `operated_as` says which block each scenario-year uses (a year without shocks is
    the nominal year).
    """

    choice: Framed = Framed()
    commitments: Framed = Framed()
    private: Framed = Framed()
    cash: Framed = Framed()
    signed: Framed = Framed()
    operated_as: Framed = Framed()
    activity: Framed = Framed()
    purchases: Framed = Framed()
    flows: Framed = Framed()
    collected: Framed = Framed()
    served: Framed = Framed()
    short: Framed = Framed()
    sold: Framed = Framed()
    disposed: Framed = Framed()
    stock_plan: Framed = Framed()
    stock: Framed = Framed()
    filled: Framed = Framed()
    released: Framed = Framed()
    understock: Framed = Framed()
    untaken: Framed = Framed()
    excess: Framed = Framed()
    amounts: Framed = Framed()
    project_accounts: Framed = Framed()

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The tables in order."""
        return tuple(entry.name for entry in fields(cls))

    def columns(self, name: str) -> Columns:
        """The columns of a table as lists, by name.

        Raises:
            InvalidPlan: where a frame was given that lacks columns or holds text for numbers.
        """
        return plain(self, name)


@dataclass(frozen=True)
class Plan:
    """A portfolio with its money, its operation in every scenario, and its proof."""

    instance_id: str
    instance_hash: str
    options: Options
    versions: dict[str, str]
    proof: Proof
    criteria: dict[str, float]
    """Every criterion of the model document, in its unit."""
    tables: Tables
    policies: Framed = Framed()
    """policy, year, left, bound, slack, binding: every policy row in force; year 0 where the row
    covers the whole horizon."""
    certificate: Certificate | None = None
    without_fund: dict[str, float] = field(default_factory=dict)
    """The same criteria of doing nothing, for the before and after."""
    legend: Legend | None = None
    """What its names stand for; None where an earlier version saved it."""
    do_nothing: Tables | None = None
    """How the world without the fund is operated: the tables of `OF_NOTHING`, the others empty.
    None where an earlier version saved it, or there is no plan."""
    kept: tuple[str, ...] | None = None
    """The scenarios whose operation is in the tables; None for all."""
    model: int = MODEL
    """Version of the model by which it was judged."""

    @property
    def found(self) -> bool:
        """Whether there is a plan at all, and not only the proof that there is none."""
        return self.proof.objective is not None

    @property
    def chosen(self) -> list[tuple[str, int]]:
        """Project and start year of everything that the fund makes happen."""
        choice = self.tables.columns("choice")
        rows = zip(choice["project"], choice["year"], choice["alone"], strict=True)
        return [(project, year) for project, year, alone in rows if not alone]

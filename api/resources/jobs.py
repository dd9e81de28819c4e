"""Jobs: what is asked for, how far it has come, and how it ended."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from api.resources.base import ResourceId, Sha256, Time
from api.resources.described import Described
from optimizer.instance.records import Record
from optimizer.plan import Options

JobKind = Literal["solve", "replay"]
"""The kinds that may be asked for; `api.kinds` says what each is."""
AnyKind = Annotated[str, Field(json_schema_extra={"enum": [*get_args(JobKind)]})]
"""The kind of a job that is there: a newer service may know more of them than its reader."""
JobState = Literal[
    "queued", "running", "succeeded", "stopped_with_plan", "infeasible", "cancelled", "failed"
]
ENDED: tuple[JobState, ...] = (
    "succeeded",
    "stopped_with_plan",
    "infeasible",
    "cancelled",
    "failed",
)
"""The states in which a job stays; each is reached once."""

Path = Annotated[str, Field(min_length=3, max_length=300)]
Name = Annotated[str, Field(min_length=1, max_length=64)]
Priority = Annotated[int, Field(ge=0, le=9)]


class SetValue(Record):
    """Give one cell of the instance another value."""

    kind: Literal["set"]
    path: Annotated[Path, Field(examples=["policies.cap.value"])]
    """`settings.FIELD`, `settings.objective.FIELD` or `TABLE.KEY.FIELD`, the parts of a longer key
    separated by a slash."""
    value: (
        Annotated[bool, Field(strict=True)]
        | int
        | Annotated[float, Field(allow_inf_nan=False)]
        | Annotated[str, Field(max_length=2000)]
        | None
    ) = None
    """The new value in the format's own unit; absent stands for the field's default."""


class LockProject(Record):
    """Lock a candidate in or out, or leave it to the model again."""

    kind: Literal["lock"]
    project: Name
    locked: Literal["in", "out", "free"]


class SwitchPolicy(Record):
    """Switch a policy on or off."""

    kind: Literal["switch"]
    policy: Name
    enabled: Annotated[bool, Field(strict=True)]


class ScaleBudget(Record):
    """Multiply every contribution and opening balance."""

    kind: Literal["scale_budget"]
    factor: Annotated[float, Field(ge=0, le=1e6)]
    """By how much."""


Change = Annotated[SetValue | LockProject | SwitchPolicy | ScaleBudget, Field(discriminator="kind")]
Changes = Annotated[tuple[Change, ...], Field(max_length=1000)]


AT_THE_END = "ended"
"""Stage of the last progress of a job that has ended with a plan."""


class JobProgress(Record):
    """How far a job has come; of one that has ended with a plan, what came out."""

    stage: str
    """What is being done, in words."""
    time_s: float
    """Seconds since this stage began; at the end those of the whole solve."""
    incumbent: float | None = None
    """Objective of the best portfolio so far, in what the solver minimises; at the end that of the
    plan, in its natural sign."""
    bound: float | None = None
    """No portfolio can be better than this."""
    gap: float | None = None
    nodes: int = 0


class JobError(Record):
    """Why a job failed."""

    reason: Literal[
        "no_plan_in_time", "solver", "memory", "worker_lost", "storage", "instance", "internal"
    ]
    detail: str
    """What went wrong and what to do."""


class Replayed(Record):
    """What came of a replay."""

    plan_id: ResourceId
    """The plan that was replayed."""
    same: bool
    """Whether choice, money and operation are the same to the last bit."""
    differs_in: tuple[str, ...] = ()
    """Tables that differ."""
    other_versions: dict[str, tuple[str, str]] = Field(default_factory=dict)
    """Versions that are not those of the record: then, and now."""


class Job(Described):
    """A piece of work, from its submission to its only end."""

    kind: AnyKind
    instance_id: ResourceId
    instance_hash: Sha256
    options: Options
    priority: Priority
    state: JobState
    attempt: int
    """How often it has been started; more than once if a worker was lost."""
    cancel_requested: bool
    progress: JobProgress | None
    plan_id: ResourceId | None
    """The plan, where the job ended with one, or with the proof that there is none."""
    result: dict[str, Any] | None = None
    """What came of it beside the plan, in the words of its kind: of a replay, `Replayed`."""
    replayed: Replayed | None
    error: JobError | None
    cpu_s: float
    """CPU time of all processes of the last attempt."""
    retry_of: ResourceId | None
    submitted_by: ResourceId
    created_at: Time
    started_at: Time | None
    """When the last attempt began."""
    ended_at: Time | None

    @property
    def ended(self) -> bool:
        """Whether the job has reached its end."""
        return self.state in ENDED


class JobEvent(Record):
    """One entry of a job's history; numbers count from 1 without a gap."""

    job_id: ResourceId
    number: int
    at: Time
    type: Literal["state", "progress", "log"]
    data: dict[str, Any]
    """state: `state` and, where it has one, `plan_id` or `error`; progress: as `JobProgress`;
    log: `line`."""

"""Plans as the service shows them, with their review."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.resources.base import Label, Prose, ResourceId, Sha256, Time
from api.resources.described import Described
from api.resources.jobs import AnyKind
from optimizer.instance.records import Record
from optimizer.plan import Certificate, Options, Proof

ReviewState = Literal["draft", "in_review", "reviewed", "signed_off", "returned"]


class ChosenProject(Record):
    """A project that the fund makes happen."""

    project: str
    start_year: int
    fund_musd: float
    """Committed by members of the fund, undiscounted, without guarantees and tax credits (M$)."""
    private_musd: float
    """Private money (M$)."""


class TableInfo(Record):
    """One table of a plan."""

    name: str
    rows: int
    columns: tuple[str, ...]
    """Names of its columns, in order; each is described at `TableRow`."""
    size_bytes: int
    """Size of the Parquet file."""
    sha256: Sha256


class PlanSummary(Described):
    """A plan without its tables."""

    view: Literal["whole"]
    """It is seen whole."""
    note: Label | None
    """What the owner wrote to you when sharing it; absent for what is your own."""
    kind: AnyKind
    """Whether a solve or a replay has found it."""
    job_id: ResourceId
    instance_id: ResourceId
    instance_hash: Sha256
    found: bool
    """Whether there is a plan at all, and not only the proof that there is none."""
    proof: Proof
    criteria: dict[str, float]
    without_fund: dict[str, float]
    """The same criteria of doing nothing."""
    chosen: tuple[ChosenProject, ...]
    certified: bool
    """Whether the independent checker found every rule kept."""
    assumed_share: float
    """Share of the instance's figures that are assumed (0 to 1)."""
    review: ReviewState
    version: int
    """Counts changes of the review; the entity tag."""
    created_at: Time


class SponsorView(Record):
    """What a sponsor sees of a plan that is shared with it: its own projects only."""

    view: Literal["own_projects"]
    """A part of it is seen."""
    id: ResourceId
    organisation_id: ResourceId
    projects: tuple[str, ...]
    """The sponsor's projects, whether chosen or not."""
    chosen: tuple[ChosenProject, ...]
    note: Label | None
    """What the owner wrote to you when sharing it; absent for what is your own."""
    review: ReviewState
    version: int
    created_at: Time


PlanView = Annotated[PlanSummary | SponsorView, Field(discriminator="view")]
"""A plan as the caller may see it."""


class ReviewStep(Record):
    """A step that was taken; one from `reviewed` to `reviewed` is a signature of several."""

    number: int
    before: ReviewState
    """State of the review before it."""
    after: ReviewState
    """State of the review after it."""
    by: ResourceId
    by_name: str
    """What that user is called now."""
    comment: str
    at: Time
    key_id: ResourceId | None
    """The API key used; absent for a token of the identity provider."""
    plan_sha256: Sha256 | None
    """Of the plan as it was then; absent for steps of earlier versions."""
    hash: str
    """SHA-256 of this step and of the one before it."""


class Signature(Record):
    """Ed25519 over the record's canonical JSON without `signature`."""

    algorithm: Literal["Ed25519"] = "Ed25519"
    public_key: str
    """Base64; compare it with the one that the service publishes."""
    value: str
    """Base64."""


class SigningKey(Record):
    """The public key with which the service signs decision records."""

    algorithm: Literal["Ed25519"] = "Ed25519"
    public_key: str
    """Base64 of its 32 bytes."""


class AuditPlace(Record):
    """A place in the audit log: what came before it cannot be altered unseen."""

    number: int
    hash: Sha256


class DecisionRecord(Record):
    """What one needs to decide the same again, and to show that nothing was altered since."""

    plan_id: ResourceId
    instance_id: ResourceId
    instance_hash: Sha256
    instance_download: str
    """Path of the instance's canonical JSON document."""
    options: Options
    """Gap, limits and seed."""
    versions: dict[str, str]
    """Versions of everything that computes."""
    tables: dict[str, Sha256]
    """SHA-256 of each table's Parquet file."""
    certificate: Certificate | None
    replay: dict[str, str]
    """Body for `POST /v1/jobs` that replays the decision."""
    organisation_id: ResourceId
    document_sha256: Sha256
    """Of the canonical JSON of the plan's `plan.json`."""
    chosen: tuple[ChosenProject, ...]
    plan_sha256: Sha256
    """Of everything that the service keeps of the plan but its review."""
    review: ReviewState
    steps: tuple[ReviewStep, ...]
    """The review, each step with the hash of itself and of the one before it."""
    audit: AuditPlace | None
    """The audit log as it was at the sign-off; absent before that."""
    signature: Signature | None = None


class ReviewRequest(Record):
    """A step of the review."""

    state: Literal["in_review", "reviewed", "signed_off", "returned"]
    comment: Prose = ""


class ShareRequest(Record):
    """With whom a resource is shared; a sponsor then sees its own projects only."""

    note: Label = ""


class Share(Record):
    """A resource that another organisation of the fund may read."""

    organisation_id: ResourceId
    shared_by: ResourceId
    note: Label
    at: Time

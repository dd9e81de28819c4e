"""Organisations, their users, keys and quotas, and the audit log."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any

from pydantic import Field, field_validator

from api.resources import forms
from api.resources.base import Label, OrganisationKind, ResourceId, Role, Time
from optimizer.instance.records import Record
from optimizer.instance.records.base import Id

Name = Annotated[Label, Field(min_length=1)]


class Quota(Record):
    """How much of the service an organisation may use."""

    queued_jobs: Annotated[int, Field(ge=0, le=1_000_000)] = 1000
    """Jobs that wait at once; more are refused."""
    running_jobs: Annotated[int, Field(ge=0, le=10_000)] = 4
    """Jobs that run at once; more wait."""
    jobs_per_day: Annotated[int, Field(ge=0, le=1_000_000_000)] = 10_000
    """Jobs submitted in 24 hours, whatever became of them: each is kept, with its events."""
    cpu_s_per_30_days: Annotated[float, Field(ge=0, le=1e9)] = 5e6
    """CPU seconds of 30 days: those used, and those that jobs which wait or run may still use; a
    job for which there are not enough left is refused. The default is nearly two cores all month,
    or 347 jobs at once without a time limit of their own (of 4 hours of CPU time each)."""
    instance_bytes: Annotated[int, Field(ge=0, le=2**31)] = 32 * 2**20
    """Size of one instance as submitted."""
    instances: Annotated[int, Field(ge=0, le=1_000_000)] = 10_000
    """Submitted instances kept at once."""
    what_ifs: Annotated[int, Field(ge=0, le=1_000_000)] = 100_000
    """What-ifs kept at once, beside them."""
    stored_mb: Annotated[int, Field(ge=0, le=1_000_000_000)] = 10_240
    """MiB of instances and plans kept at once, as they are kept: unpacked, each content once."""


class Usage(Record):
    """How much of the quota is used."""

    queued_jobs: int
    """Jobs that wait."""
    running_jobs: int
    """Jobs that run."""
    jobs_last_day: int
    """Jobs submitted in the last 24 hours."""
    cpu_s_last_30_days: float
    """Of all attempts, those included whose worker was lost."""
    cpu_s_reserved: float
    """What jobs that wait or run may use at most: two processes, for as long as they may run."""
    instances: int
    """Submitted instances that are kept."""
    what_ifs: int
    """What-ifs that are kept."""
    stored_mb: float
    """MiB of instances and plans that are kept."""


class SignOff(Record):
    """Who must sign a plan before it counts as signed off."""

    signers: Annotated[int, Field(ge=1, le=20)] = 1
    """Admins of the organisation that owns the plan."""
    each_member: Annotated[bool, Field(strict=True)] = False
    """Whether an admin of every member that the plan is shared with must sign too."""


Domain = Annotated[
    str,
    Field(max_length=253, pattern=forms.DOMAIN, examples=["fin.example"]),
]
"""What follows the last @ in the subjects of an organisation's people, in small letters."""
Domains = Annotated[tuple[Domain, ...], Field(max_length=20)]


class OrganisationRequest(Record):
    """A member or a sponsor of the secretariat's fund."""

    name: Name
    kind: OrganisationKind
    projects: Annotated[tuple[Id, ...], Field(max_length=10_000)] = ()
    """Identifiers of a sponsor's own projects."""
    quota: Quota = Quota()
    admin: Name = "First admin"
    """What the first admin is called, who gets the invitation."""
    subject_domains: Domains = ()
    """Domains of the identity provider's subjects that are this organisation's people."""


class OrganisationChange(Record):
    """What may be changed of an organisation; what is absent stays."""

    name: Name | None = None
    projects: Annotated[tuple[Id, ...], Field(max_length=10_000)] | None = None
    quota: Quota | None = None
    sign_off: SignOff | None = None
    """For plans that are submitted for review from now on; set by the organisation itself."""
    subject_domains: Domains | None = None
    """Set by the secretariat."""


class Organisation(Record):
    """A tenant: what it owns, nobody else sees unless it is shared."""

    id: ResourceId
    name: str
    kind: OrganisationKind
    secretariat_id: ResourceId | None
    """The secretariat whose fund it belongs to; absent for a secretariat."""
    projects: tuple[str, ...]
    quota: Quota
    usage: Usage
    sign_off: SignOff
    subject_domains: tuple[str, ...]
    version: int
    """Counts changes; the entity tag."""
    created_at: Time


class UserRequest(Record):
    """A person or a program that acts for an organisation."""

    name: Name
    role: Role
    subject: Annotated[str, Field(max_length=255, pattern=forms.SUBJECT)] | None = None
    """Who this is to the identity provider (the claim `sub`), where tokens are accepted. Unless it
    is of a domain of the organisation, it counts once the person has accepted an invitation."""


class UserChange(Record):
    """What may be changed of a user; what is absent stays."""

    name: Name | None = None
    role: Role | None = None
    active: Annotated[bool, Field(strict=True)] | None = None


class User(Record):
    """A person or a program that acts for an organisation."""

    id: ResourceId
    organisation_id: ResourceId
    name: str
    role: Role
    subject: str | None
    """Who this is to the identity provider; a token of it opens the service."""
    awaited_subject: str | None
    """Who this will be to it, once the person accepts an invitation with a token of it."""
    active: bool
    created_by: ResourceId | None
    """The user who made this one; absent where the operator did."""
    version: int
    created_at: Time


class Scope(Record):
    """What a key opens of all that its user may do."""

    read_only: Annotated[bool, Field(strict=True)] = False
    """Whether it reads and does nothing else."""
    resource: Annotated[str, Field(pattern=forms.SCOPED)] | None = None
    """The one instance, job or plan that it opens; absent for all."""
    networks: Annotated[tuple[str, ...], Field(max_length=20)] = ()
    """Networks that it is used from, such as 192.0.2.0/24, as the server sees them; empty for
    all."""

    @field_validator("networks")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            try:
                ipaddress.ip_network(text[:50])
            except ValueError:
                raise ValueError("is no network; write it such as 192.0.2.0/24") from None
        return value


class KeyRequest(Record):
    """A new API key for a user."""

    label: Label = ""
    days: Annotated[int, Field(ge=1, le=3650)] = 365
    """Days until it expires; the service may allow less."""
    scope: Scope = Scope()


class Key(Record):
    """An API key, without its secret."""

    id: ResourceId
    user_id: ResourceId
    organisation_id: ResourceId
    label: str
    created_at: Time
    expires_at: Time
    revoked_at: Time | None
    last_used_at: Time | None
    created_by: ResourceId | None
    """Another user by whose hand the secret came; absent where it was the user's own."""
    scope: Scope


class NewKey(Key):
    """An API key as it is made: the secret is shown once and kept nowhere."""

    secret: str


class NewInvitation(Record):
    """An invitation as it is made: the secret is shown once and kept nowhere."""

    id: ResourceId
    organisation_id: ResourceId
    user_id: ResourceId
    """Who is invited."""
    created_by: ResourceId | None
    created_at: Time
    expires_at: Time
    secret: str
    """Give it to the person and nobody else: with it `POST /v1/invitations/accept` makes the
    person's own key, once."""


class NewOrganisation(Organisation):
    """An organisation as it is added, with the invitation of its first admin."""

    invitation: NewInvitation


class Me(Record):
    """Who is calling."""

    user: User
    organisation: Organisation
    key_id: ResourceId | None
    """The key used; absent for a token of the identity provider."""


class AuditEntry(Record):
    """Who did what."""

    number: int
    at: Time
    organisation_id: ResourceId
    """Whose user acted."""
    owner_id: ResourceId | None
    """The organisation acted upon; absent only in entries of earlier versions."""
    user_id: ResourceId | None
    key_id: ResourceId | None
    action: str
    """For example `plan.read`, `job.submit`, `plan.sign_off`."""
    resource: str
    """Identifier of what was acted on."""
    detail: dict[str, Any]
    request_id: str
    origin: str
    """Address that the request came from, as the server saw it."""
    hash: str
    """SHA-256 of this entry and of the one before it."""

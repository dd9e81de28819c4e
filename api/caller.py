"""Who is calling: a user of an organisation, with a role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.errors import Forbidden

if TYPE_CHECKING:
    from api.resources.base import OrganisationKind, Role
    from api.resources.organisations import Scope

RANK: dict[Role, int] = {"viewer": 0, "analyst": 1, "admin": 2}
"""Each role may do what those before it may."""


@dataclass(frozen=True)
class Caller:
    """A user that has been recognised."""

    organisation_id: str
    kind: OrganisationKind
    secretariat_id: str | None
    """The secretariat of the caller's fund; None where the caller is of the secretariat."""
    projects: frozenset[str]
    """A sponsor's own projects."""
    user_id: str
    role: Role
    key_id: str | None = None
    """The API key used; None for a token of an identity provider."""
    request_id: str = ""
    origin: str = ""
    """Address that the request came from, as the server sees it."""
    until: float | None = None
    """When the token of an identity provider ends, seconds since 1970; None for a key."""
    scope: Scope | None = None
    """What the key opens of all that the user may do; None for everything."""
    invitation_id: str | None = None
    """The invitation that is being accepted, and nothing else, by this caller."""

    def must_be(self, role: Role) -> None:
        """Refuse a caller of a lower role.

        Raises:
            Forbidden: naming the role that is needed.
        """
        if RANK[self.role] < RANK[role]:
            raise Forbidden(f"this needs the role {role}; yours is {self.role}")

    @property
    def fund_id(self) -> str:
        """The secretariat of the caller's fund, which may be its own organisation."""
        return self.secretariat_id or self.organisation_id

"""The commands for organisations, users and keys: for the operator, straight on the database."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from api.cli.outcomes import keep_private, plain_refusals
from optimizer.cli.outcomes import say, say_object

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from api.store import Transaction
    from optimizer.instance.records import Record

keys = typer.Typer(
    help="Manage organisations, users and API keys, on the machine of the service.",
    no_args_is_help=True,
)
OrganisationName = Annotated[str, typer.Argument(metavar="ORGANISATION", help="Identifier, org_….")]
UserName = Annotated[str, typer.Argument(metavar="USER", help="Identifier, usr_….")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON.")]
Wanted = TypeVar("Wanted", bound="Record")
MOST = 1_000_000
"""More than anybody has: lists of the operator come in one piece."""


@keys.command("organisations")
def list_organisations(as_json: Json = False) -> None:
    """List every organisation, oldest first."""
    with _transaction() as tx:
        from api.store import organisations

        found = organisations.everybody(tx)
    _show(found, ("id", "kind", "secretariat_id", "name"), as_json)


@keys.command("add-organisation")
def add_organisation(  # noqa: PLR0913 - one parameter for each option
    name: Annotated[str, typer.Argument(help="What it is called.")],
    kind: Annotated[str, typer.Option(help="secretariat, member or sponsor.")] = "member",
    secretariat: Annotated[
        str | None, typer.Option(help="Whose fund it belongs to, org_…; not for a secretariat.")
    ] = None,
    project: Annotated[
        list[str] | None, typer.Option(help="A project of a sponsor's own; may be repeated.")
    ] = None,
    subject_domain: Annotated[
        list[str] | None,
        typer.Option(help="A domain of its people's subjects (after the @); may be repeated."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Add an organisation and write its identifier."""
    with _transaction() as tx:
        from api.errors import Invalid
        from api.resources.organisations import OrganisationRequest
        from api.store import audit, organisations

        wanted = _wanted(
            OrganisationRequest,
            name=name,
            kind=kind,
            projects=project or (),
            subject_domains=subject_domain or (),
        )
        if (wanted.kind == "secretariat") != (secretariat is None):
            raise Invalid("every organisation but a secretariat needs --secretariat")
        if secretariat and organisations.get(tx, secretariat).kind != "secretariat":
            raise Invalid("--secretariat: this organisation is none")
        identifier = organisations.add(tx, wanted, secretariat)
        told = wanted.model_dump(mode="json", exclude={"admin"})
        audit.record_operator(tx, identifier, "organisation.add", identifier, after=told)
        added = organisations.get(tx, identifier)
    _show([added], ("id",), as_json)


@keys.command("users")
def list_users(organisation: OrganisationName, as_json: Json = False) -> None:
    """List the users of an organisation, newest first."""
    with _transaction() as tx:
        from api.store import organisations

        organisations.get(tx, organisation)
        found = organisations.users_of(tx, organisation, None, MOST).items
    _show(found, ("id", "role", "active", "name"), as_json)


@keys.command("add-user")
def add_user(
    organisation: OrganisationName,
    name: Annotated[str, typer.Argument(help="What the person or program is called.")],
    role: Annotated[str, typer.Option(help="viewer, analyst or admin.")] = "analyst",
    subject: Annotated[
        str | None, typer.Option(help="Who this is to the identity provider.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Add a user of an organisation and write its identifier."""
    with _transaction() as tx:
        from api.resources.organisations import UserRequest
        from api.store import audit, organisations

        wanted = _wanted(UserRequest, name=name, role=role, subject=subject)
        user = organisations.add_user(tx, organisation, wanted)
        told = wanted.model_dump(mode="json")
        audit.record_operator(tx, organisation, "user.add", user.id, **told)
    _show([user], ("id",), as_json)


@keys.command("create")
def create(
    user: UserName,
    label: Annotated[str, typer.Option(help="What it is for.")] = "",
    days: Annotated[int, typer.Option(help="Days until it expires.")] = 365,
    as_json: Json = False,
) -> None:
    """Make a key for a user and write its secret, which is never shown again."""
    with _transaction() as tx:
        from api.errors import Invalid
        from api.resources.organisations import KeyRequest
        from api.settings import Settings
        from api.store import audit
        from api.store import keys as store_keys

        wanted = _wanted(KeyRequest, label=label, days=days)
        longest = Settings().key_days
        if wanted.days > longest:
            raise Invalid(f"days: at most {longest} here (LODESTONE_KEY_DAYS)")
        key = store_keys.add(tx, user, wanted)
        told = {"user": user} | wanted.model_dump(mode="json")
        audit.record_operator(tx, key.organisation_id, "key.add", key.id, **told)
    _show([key], ("secret",), as_json)


@keys.command("invite")
def invite(user: UserName, as_json: Json = False) -> None:
    """Invite a user and write the invitation's secret: the person makes the own key with it."""
    with _transaction() as tx:
        from api.settings import Settings
        from api.store import audit, invitations

        made = invitations.add(tx, user, None, Settings().invitation_s)
        organisation = made.organisation_id
        audit.record_operator(tx, organisation, "invitation.add", made.id, user=user)
    _show([made], ("secret",), as_json)


@keys.command("free-subject")
def free_subject(user: UserName, as_json: Json = False) -> None:
    """Have a user be nobody to the identity provider; another user may be that person then."""
    with _transaction() as tx:
        from api.store import audit, users

        before = users.user(tx, user)
        freed = users.free_subject(tx, user)
        told = {"before": {"subject": before.subject}, "after": {"subject": None}}
        audit.record_operator(tx, freed.organisation_id, "user.free_subject", user, **told)
    _show([freed], ("id",), as_json)


@keys.command("signing")
def signing() -> None:
    """Write the public key with which this service signs decision records."""
    keep_private()
    with plain_refusals():
        from api.settings import Settings
        from api.signing import signer_of

        say(signer_of(Settings(), make=False).public_key)


@keys.command("list")
def list_keys(organisation: OrganisationName, as_json: Json = False) -> None:
    """List the keys of an organisation, newest first, without their secrets."""
    with _transaction() as tx:
        from api.store import keys as store_keys
        from api.store import organisations

        organisations.get(tx, organisation)
        found = store_keys.listed(tx, organisation, None, None, MOST).items
    _show(found, ("id", "user_id", "expires_at", "revoked_at", "label"), as_json)


@keys.command("revoke")
def revoke(
    key: Annotated[str | None, typer.Argument(metavar="[KEY]", help="Identifier, key_….")] = None,
    created_before: Annotated[
        datetime | None,
        typer.Option(
            metavar="DATE",
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"],
            help="End all keys and invitations made before this day or moment (UTC).",
        ),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="End all keys and invitations of everybody.")
    ] = False,
    as_json: Json = False,
) -> None:
    """End a key at once; ending it again changes nothing.

    After a restore, keys and invitations work again that had ended since the back-up: end those
    that are too old with --created-before, or all with --all and make new ones with `create`.
    """
    with _transaction() as tx:
        from api.errors import Invalid
        from api.store import audit
        from api.store import keys as store_keys

        if [key is not None, created_before is not None, every].count(True) != 1:
            raise Invalid("name one key, or --created-before, or --all")
        if key is not None:
            ended = [store_keys.revoke(tx, key)]
        else:
            moment = created_before.replace(tzinfo=UTC).timestamp() if created_before else None
            ended = store_keys.revoke_all(tx, moment)
        for one in ended:
            audit.record_operator(tx, one.organisation_id, "key.end", one.id)
    _show(ended, ("id", "revoked_at"), as_json)


@contextmanager
def _transaction() -> Iterator[Transaction]:
    """A transaction on the database of the settings, whose tables are the newest afterwards."""
    keep_private()
    with plain_refusals():
        from api.settings import Settings
        from api.store.existing import existing_store
        from api.store.migrations import upgrade

        store = existing_store(Settings())
        try:
            upgrade(store.database)
            with store.database.write() as tx:
                yield tx
        finally:
            store.close()


def _wanted(model: type[Wanted], /, **fields: object) -> Wanted:
    """What a command asks for.

    Raises:
        Invalid: naming the arguments that are not good.
    """
    from pydantic import ValidationError

    from api.errors import Invalid

    try:
        return model.model_validate(fields)
    except ValidationError as trouble:
        found = [f"{error['loc'][0]}: {error['msg']}" for error in trouble.errors()]
        raise Invalid("; ".join(found)) from trouble


def _show(found: Sequence[Record], columns: Sequence[str], as_json: bool) -> None:
    """Write records: all of each as JSON, or some columns of each on a line of its own."""
    documents = [record.model_dump(mode="json") for record in found]
    if as_json:
        say_object(documents)
        return
    for document in documents:
        say("\t".join("-" if document[name] is None else str(document[name]) for name in columns))

"""The commands that look after the database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.outcomes import keep_private, plain_refusals
from optimizer.cli.outcomes import Ending, complain, end, refuse, say, say_object

if TYPE_CHECKING:
    from api.store import Store

database = typer.Typer(
    help="Look after the service's database: upgrade, check, backup.", no_args_is_help=True
)
Records = Annotated[
    list[Path] | None,
    typer.Option(help="A signed decision record to hold the log against; may be repeated."),
]
Target = Annotated[Path, typer.Argument(help="File to write; must not be there yet.")]


@database.command()
def upgrade() -> None:
    """Bring the tables to the version of this Lodestone; `serve` does so too when it starts."""
    keep_private()
    with plain_refusals():
        from api.settings import Settings
        from api.store import Store
        from api.store.migrations import current
        from api.store.migrations import upgrade as bring

        store = Store(Settings())
        with store.database.read() as connection:
            before = current(connection)
        bring(store.database)
        with store.database.read() as connection:
            after = current(connection)
        say(f"version {after}" + ("" if after == before else f", before {before or 'empty'}"))
        store.close()


@database.command()
def check(record: Records = None) -> None:
    """Verify the database, its tables, every result file, the audit log, plans and reviews.

    Rows of the audit log, of plans under review and of reviews that were altered, taken out or put
    in are named. A decision record tells what the log was when it was made: keep some elsewhere.
    The exit code is 1 where something is wrong.
    """
    keep_private()
    with plain_refusals():
        from api.settings import Settings
        from api.store.existing import existing_store
        from api.store.files import Damaged
        from api.store.migrations import current, newest
        from api.work.upkeep import named

        store = existing_store(Settings())
        if faults := store.database.faults():
            for words in faults:
                complain(f"lodestone: the database is damaged: {words}")
            end(Ending.FAILED)
        with store.database.read() as connection:
            version = current(connection)
        if version != newest():
            complain(f"lodestone: the tables have version {version}, not {newest()}: upgrade")
            end(Ending.FAILED)
        files, damaged = sorted(named(store)), 0
        for name in files:
            try:
                store.files.get(name)
            except Damaged as trouble:
                complain(f"lodestone: {trouble}")
                damaged += 1
        altered = _altered(store, record or [])
        for words in altered:
            complain(f"lodestone: {words}")
        say(
            f"version {version}, {len(files)} result files, {damaged} missing or damaged; "
            f"audit log, plans and reviews: {len(altered) or 'no'} faults"
        )
        store.close()
    if damaged or altered:
        end(Ending.FAILED)


@database.command("processes")
def list_processes(
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """List servers and workers on all machines with their last sign of life, oldest first.

    The columns: kind, machine, process id, seconds since the start, seconds since the last sign of
    life, and what the process does. One that is silent for longer than LODESTONE_HANG_S hangs.
    """
    keep_private()
    with plain_refusals():
        from api.settings import Settings
        from api.store import processes
        from api.store.existing import existing_store

        store = existing_store(Settings())
        with store.database.read() as connection:
            found = processes.living(connection)
        store.close()
    if as_json:
        say_object([one._asdict() for one in found])
        return
    for one in found:
        times = f"{one.age_s:.0f}\t{one.silent_s:.0f}"
        say(f"{one.kind}\t{one.host}\t{one.pid}\t{times}\t{one.doing}")


@database.command()
def backup(target: Target) -> None:
    """Copy the embedded database while it is in use, verify the copy, and say what else to copy.

    A PostgreSQL database is copied by its own `pg_dump`.
    """
    keep_private()
    with plain_refusals():
        from api.settings import Settings
        from api.store.existing import existing_store

        store = existing_store(Settings())
        if not store.database.embedded:
            refuse("this database is PostgreSQL's: use pg_dump, then copy the folder of files")
        store.database.backup(target)
        say(f"database copied to {target}")
        say(f"now copy the folder of result files too: {store.files.root}")
        store.close()


def _altered(store: Store, records: list[Path]) -> list[str]:
    """What was altered, by the database itself and by decision records kept elsewhere."""
    from api.cli.verify import read_record
    from api.signing import good_signature, signer_of
    from api.store import proof

    key = signer_of(store.settings, make=False).public_key if records else ""
    with store.database.read() as connection:
        found = proof.faults(connection)
        for path in records:
            record = read_record(path)
            if not good_signature(record, key):
                found.append(f"{path}: is not signed by this service, or was altered")
                continue
            place = record.get("audit")
            if place and not proof.quoted(connection, place["number"], place["hash"]):
                found.append(f"{path}: the audit log is not what it was at this sign-off")
            found += [f"{path}: {words}" for words in proof.differing(connection, record)]
    return found

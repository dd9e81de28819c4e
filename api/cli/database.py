"""The commands that look after the database."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.outcomes import keep_private, plain_refusals
from optimizer.cli.outcomes import Ending, complain, end, refuse, say

database = typer.Typer(
    help="Look after the service's database: upgrade, check, backup.", no_args_is_help=True
)
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
def check() -> None:
    """Verify the database, that its tables are of this version, and every result file.

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
        say(f"version {version}, {len(files)} result files, {damaged} missing or damaged")
        store.close()
    if damaged:
        end(Ending.FAILED)


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

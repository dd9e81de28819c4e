"""The commands that run the service."""

import os
from pathlib import Path
from typing import Annotated

import typer

from api.cli.outcomes import keep_private, plain_refusals
from api.networks import is_loopback
from optimizer.cli.outcomes import refuse, say

Host = Annotated[
    str | None, typer.Option(help="Address to listen on.  [LODESTONE_HOST; 127.0.0.1]")
]
Port = Annotated[
    int | None,
    typer.Option(min=0, max=65535, help="Port; 0 takes a free one.  [LODESTONE_PORT; 8000]"),
]
DataDir = Annotated[
    Path | None,
    typer.Option(help="Folder of database and files.  [LODESTONE_DATA_DIR; lodestone-data]"),
]
Workers = Annotated[
    int | None,
    typer.Option(min=0, max=256, help="Worker processes.  [LODESTONE_WORKERS; 2]"),
]


def serve(
    host: Host = None, port: Port = None, data_dir: DataDir = None, workers: Workers = None
) -> None:
    """Run the service on this machine: HTTP server, workers, database.

    The first start makes a secretariat with an admin, whose key it writes to the file
    first-admin-key of the data folder; it works for a day; and two sample instances. Everything
    else is set by environment variables; docs/deployment.md lists them. An address that other
    machines reach is taken from --host alone: put TLS before it. SIGTERM or Ctrl-C ends it in good
    order, and nothing that was accepted is lost.
    """
    keep_private()
    with plain_refusals():
        given = {"HOST": host, "PORT": port, "DATA_DIR": data_dir, "WORKERS": workers}
        for name, value in given.items():
            if value is not None:  # The children read the same environment.
                os.environ[f"LODESTONE_{name}"] = str(value)
        from api import logs
        from api.settings import Settings
        from api.work import supervisor

        settings = Settings()
        if host is None and not is_loopback(settings.host):
            refuse(f"{settings.host} is open to other machines: say so with --host")
        logs.configure()
        supervisor.serve(settings, say)


def worker() -> None:
    """Run one worker, on this machine or another, until SIGTERM.

    It needs the database and the data folder of the service; docs/deployment.md says how to share
    them.
    """
    keep_private()
    with plain_refusals():
        from api.work.worker import main

        main()

"""An older database is brought over: what is there already counts like what comes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from alembic import command

from api.store import Store, organisations
from api.store.migrations import _config, upgrade
from api.store.quotas import plan_bytes
from tests.service.test_migrated_proof import DOCUMENT, ORG, ROWS

if TYPE_CHECKING:
    from api.settings import Settings

TABLES = [{"name": "choice", "rows": 1, "columns": [], "size_bytes": 500, "sha256": "0" * 64}]
CHANGES = (
    "UPDATE organisations SET quota = '{\"cpu_s_per_30_days\": 1000000.0}'",
    "UPDATE jobs SET state = 'queued', options = '{\"time_limit_s\": 60}'",
    f"UPDATE plans SET tables = '{json.dumps(TABLES)}'",
)


def test_jobs_plans_and_quotas_of_an_older_database_count(settings: Settings) -> None:
    store = Store(settings)
    with store.database.write() as tx:
        command.upgrade(_config(tx), "0001")
        for statement in (*ROWS.split(";\n"), *CHANGES):
            tx.exec_driver_sql(statement.strip())
    upgrade(store.database)

    with store.database.read() as tx:
        found = organisations.get(tx, ORG)
    store.close()
    assert found.usage.cpu_s_reserved == 360
    assert found.quota.cpu_s_per_30_days == 5e6
    size = 1 + plan_bytes(json.loads(DOCUMENT), TABLES)
    assert found.usage.stored_mb == size / 2**20

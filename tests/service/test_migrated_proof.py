"""An older database with rows in it is brought over: its logs become chains as they are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from alembic import command
from sqlalchemy import text

from api.store import Store, audit, keys, organisations, plans, proof
from api.store.migrations import _config, upgrade

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.settings import Settings

ORG, USER, INSTANCE, JOB, PLAN = (
    f"{kind}_{'0' * 24}" for kind in ("org", "usr", "ins", "job", "plan")
)
HASH = "0" * 64
PROOF = {"status": "optimal", "stopped_by": "gap", "objective": 1.5, "bound": 1.5, "gap": 0.0}
DOCUMENT = json.dumps(
    {
        "instance_id": "tiny",
        "instance_hash": HASH,
        "options": {},
        "versions": {},
        "criteria": {},
        "proof": PROOF,
    }
)
ROWS = f"""
INSERT INTO organisations VALUES ('{ORG}', 'Fund', 'secretariat', NULL, '[]', '{{}}', 4, 0, 1, 1.5);
INSERT INTO users VALUES ('{USER}', '{ORG}', 'Ada', 'admin', 'ada@provider', TRUE, 1, 1.5);
INSERT INTO keys VALUES ('key_{"0" * 24}', '{ORG}', '{USER}', '', '{HASH}', 1.5, 9e9, NULL, NULL);
INSERT INTO instances VALUES ('{INSTANCE}', '{ORG}', 'tiny', 'T', '{HASH}', '{HASH}', 1,
 '{{}}', 1.0, '[]', NULL, '[]', '{USER}', 1.5);
INSERT INTO jobs (id, organisation_id, kind, label, instance_id, instance_hash, options, priority,
 state, cancel_requested, submitted_by, created_at) VALUES ('{JOB}', '{ORG}', 'solve', '',
 '{INSTANCE}', '{HASH}', '{{}}', 5, 'succeeded', FALSE, '{USER}', 1.5);
INSERT INTO plans VALUES ('{PLAN}', '{ORG}', '{JOB}', '{INSTANCE}', '{DOCUMENT}', '[]', '[]', 1.0,
 'reviewed', '{USER}', 3, 1.5);
INSERT INTO reviews VALUES ('{PLAN}', 1, 'draft', 'in_review', '{USER}', 'old', 1.1);
INSERT INTO reviews VALUES ('{PLAN}', 2, 'in_review', 'reviewed', '{USER}', 'old', 1.2);
INSERT INTO audit VALUES (3, 1.1, '{ORG}', '{ORG}', '{USER}', NULL, 'plan.submit', '{PLAN}',
 '{{"comment": "old"}}', 'r');
INSERT INTO audit VALUES (7, 1.3, '{ORG}', NULL, NULL, NULL, 'key.add', 'x', '{{}}', '')
"""


@pytest.fixture
def old(settings: Settings) -> Iterator[Store]:
    """A store whose tables are those of the first version, with a row in each that matters."""
    store = Store(settings)
    with store.database.write() as tx:
        command.upgrade(_config(tx), "0001")
        for statement in ROWS.split(";\n"):
            tx.exec_driver_sql(statement.strip())
    upgrade(store.database)
    yield store
    store.close()


def test_an_older_database_is_brought_over(old: Store) -> None:
    """Its entries are kept with their numbers, the chain goes on from them, and go on."""
    with old.database.read() as tx:
        assert proof.faults(tx) == []
        assert audit.head(tx)[0] == 7
        home = organisations.get(tx, ORG)
        ada = keys.caller_of_subject(tx, "ada@provider")
    assert (home.sign_off.signers, home.subject_domains) == (1, ())
    assert ada is not None
    with old.database.write() as tx:
        audit.record(tx, ada, "plan.read", PLAN)
    with old.database.read() as tx:
        entries = audit.entries(tx, ORG, None, 9).items
        record = plans.decision_record(tx, PLAN, ada)
        assert proof.faults(tx) == []
    assert [one.number for one in entries] == [8, 7, 3]
    assert [one.plan_sha256 for one in record.steps] == [None, None]


def test_what_is_altered_after_that_is_found(old: Store) -> None:
    with old.database.write() as tx:
        tx.execute(text("UPDATE audit SET detail = '{}' WHERE number = 3"))
        tx.execute(text("UPDATE reviews SET comment = 'new' WHERE number = 1"))
    with old.database.read() as tx:
        words = proof.faults(tx)
    assert any("audit entry 3" in one for one in words)
    assert any(f"{PLAN}: step 1" in one for one in words)

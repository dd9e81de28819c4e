"""A new installation has something to solve, which is deleted once and for all."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from api.client import Client
from api.store import Store
from api.store.first import FIRST_KEY, first_key, is_new, kept
from api.store.migrations import upgrade
from api.work.samples import samples
from optimizer import load
from optimizer.bundled import INSTANCES
from tests.support.fleet import process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.settings import Settings


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """One worker, one reader, any port."""
    return settings.model_copy(update={"port": 0, "workers": 1, "readers": 1, "free_disk_mb": 0})


@contextmanager
def served(settings: Settings) -> Iterator[Client]:
    """The service, and its first admin."""
    with process(settings, "api.cli", "serve") as service:
        assert service.stdout is not None
        line = next(line for line in service.stdout if b"listening on" in line).decode()
        key = (settings.data_dir / FIRST_KEY).read_text()
        with Client(line.split("listening on ")[1], key) as client:
            yield client
        service.terminate()
        assert service.wait(30) == 0


def test_the_samples_are_the_bundled_instances() -> None:
    found = {sample.examined.name: sample for sample in samples()}

    assert tuple(found) == INSTANCES
    for name, sample in found.items():
        assert sample.document == load(f"instances/{name}").canonical
        assert sample.examined.content_hash == load(f"instances/{name}").content_hash


def test_they_are_there_at_the_first_start_and_once_deleted_never_again(settings: Settings) -> None:
    with served(settings) as client:
        found = {one.name: one for one in client.instances(label="sample")}
        assert set(found) == {"tiny", "rare-earths"}
        me = client.me()
        for one in found.values():
            assert one.organisation_id == me.organisation.id
            assert one.submitted_by == me.user.id
        job = client.wait(client.submit(found["tiny"].id).id)
        assert job.state == "succeeded"
        client.delete(found["rare-earths"].id)
    with served(settings) as client:
        assert [one.id for one in client.instances()] == [found["tiny"].id]


def test_an_installation_that_had_none_gets_none(settings: Settings) -> None:
    """As one that began with an earlier Lodestone."""
    store = Store(settings)
    upgrade(store.database)
    assert is_new(store)
    key = first_key(store)
    assert key is not None
    kept(key, settings)
    assert not is_new(store)
    assert first_key(store, samples()) is None
    store.close()

    with served(settings) as client:
        assert list(client.instances()) == []

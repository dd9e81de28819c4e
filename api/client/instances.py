"""Instances: tried, submitted, changed, downloaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from api.client.archives import JSON, content_of
from api.client.calls import Calls, as_json, given, read
from api.resources.instances import ChangesRequest, InstancePreview, InstanceSummary
from optimizer.instance import Instance

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import httpx

    from api.resources.jobs import Change

TRIED = {"dry_run": "true"}


class InstanceCalls(Calls):
    """What is done with instances."""

    def examine(self, source: Instance | Path | str) -> InstancePreview:
        """What the service would keep of an instance, and whether it may; nothing is kept.

        Args:
            source: as of `upload`.

        Raises:
            InvalidInstance: it has faults, all of which are listed.
            ServiceRefused: the service did not read it.
        """
        return read(InstancePreview, self._sent(source, TRIED).content)

    def upload(self, source: Instance | Path | str, *, label: str = "") -> InstanceSummary:
        """Submit an instance: a loaded one, a JSON file, a workbook, a zip file or a folder.

        Args:
            source: what to submit.
            label: what to call it.

        Raises:
            InvalidInstance: it has faults, all of which are listed.
            ServiceRefused: the service did not take it.
        """
        answer = self._sent(source, given(label=label or None))
        return read(InstanceSummary, answer.content)

    def examine_change(self, instance_id: str, changes: Sequence[Change]) -> InstancePreview:
        """What the service would keep of a what-if, and whether it may; nothing is kept.

        Raises:
            InvalidInstance: with the changes it has faults.
        """
        body = as_json(ChangesRequest(changes=tuple(changes)))
        path = f"/v1/instances/{instance_id}/changes"
        answer = self._connection.act(path, params=TRIED, **body)
        return read(InstancePreview, answer.content)

    def change(
        self, instance_id: str, changes: Sequence[Change], *, label: str = ""
    ) -> InstanceSummary:
        """Make a what-if of an instance.

        Raises:
            InvalidInstance: with the changes it has faults.
        """
        body = as_json(ChangesRequest(changes=tuple(changes), label=label))
        answer = self._connection.act(f"/v1/instances/{instance_id}/changes", **body)
        return read(InstanceSummary, answer.content)

    def instance(self, instance_id: str) -> Instance:
        """Download an instance."""
        answer = self._connection.get(f"/v1/instances/{instance_id}/document")
        return Instance.model_validate_json(answer.content)

    def instances(
        self, *, label: str | None = None, parent_id: str | None = None
    ) -> Iterator[InstanceSummary]:
        """The instances that you may see, newest first."""
        return self._all("/v1/instances", InstanceSummary, given(label=label, parent_id=parent_id))

    def _sent(self, source: Instance | Path | str, how: dict[str, str]) -> httpx.Response:
        if isinstance(source, Instance):
            body, kind = source.canonical, JSON
        else:
            body, kind = content_of(Path(source))
        headers = {"Content-Type": kind}
        return self._connection.act("/v1/instances", content=body, headers=headers, params=how)

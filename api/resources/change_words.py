"""What the changes of a what-if do to its instance, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api.resources.jobs import Change


def in_words(changes: Iterable[Change]) -> tuple[str, ...]:
    """What changes do to an instance, one short sentence each."""
    return tuple(_said(change) for change in changes)


def _said(change: Change) -> str:
    match change.kind:
        case "lock":
            free = change.locked == "free"
            return f"{change.project} {'left to the model' if free else f'locked {change.locked}'}"
        case "switch":
            return f"policy {change.policy} {'on' if change.enabled else 'off'}"
        case "scale_budget":
            return f"budget × {change.factor:g}"
    if change.value is None:
        return f"{change.path} back to its default"
    sign = "×" if change.path.endswith("*") else "="
    return f"{change.path.removesuffix('*')} {sign} {_written(change.value)}"


def _written(value: bool | float | str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else f"{value:.12g}"

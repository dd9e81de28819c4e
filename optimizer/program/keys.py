"""Keys: what each row and each column of a program says, and where it belongs.

Enters: components with what they are indexed by, once for the investment and once for a year of
operation. Leaves: `Keys`, which gives every row or column its key and finds positions by key.

A program may have millions of rows, so keys are made when they are asked for: a row is kept as two
numbers, the place of its key among those of the components, and its block. All blocks share the
components of the compiled year.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, NamedTuple, TypeAlias, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int32]
    Bools = NDArray[np.bool_]

Index: TypeAlias = tuple[Any, ...]
"""What a row or column is indexed by: project, material, country, year …"""
Block: TypeAlias = "tuple[str, int] | Literal['investment', 'joint']"
"""Scenario and year; the investment; or joint: across blocks."""
INVESTMENT: Final = "investment"
JOINT: Final = "joint"
_NUMBERS: Final = {INVESTMENT: -1, JOINT: -2}


class RowKey(NamedTuple):
    """What a row says."""

    rule: str
    """Number and name in docs/model.md, such as `9 capacity`, or what rows of no rule are for."""
    component: str
    """Name of the constraint."""
    key: Index
    block: Block


class ColumnKey(NamedTuple):
    """What a column stands for."""

    component: str
    """Name of the variable."""
    key: Index
    block: Block


K = TypeVar("K", RowKey, ColumnKey)


@dataclass(frozen=True)
class Component(Generic[K]):
    """Rows or columns of one name."""

    pattern: K
    """Their key, but for what they are indexed by and the block."""
    keys: Sequence[Index]

    @cached_property
    def places(self) -> dict[Index, int]:
        """Place of each index within the component."""
        return {key: place for place, key in enumerate(self.keys)}


def row_component(rule: str, name: str, keys: Sequence[Index]) -> Component[RowKey]:
    """Rows of one constraint."""
    return Component(RowKey(rule, name, (), INVESTMENT), keys)


def column_component(name: str, keys: Sequence[Index]) -> Component[ColumnKey]:
    """Columns of one variable."""
    return Component(ColumnKey(name, (), INVESTMENT), keys)


def index(key: Any) -> Index:
    """The index of a member of a Pyomo component as a tuple."""
    if key is None:
        return ()
    return key if isinstance(key, tuple) else (key,)


@dataclass(frozen=True, eq=False)
class Keys(Generic[K]):
    """The keys of all rows, or of all columns, of a program, in its order."""

    components: tuple[Component[K], ...]
    item: Ints
    """Which index, counted through all components."""
    block: Ints
    """Which block, or the number of the investment or of what is joint."""
    blocks: tuple[tuple[str, int], ...] = ()

    @classmethod
    def of(cls, keys: Sequence[K]) -> Keys[K]:
        """Some keys, one by one."""
        named = {key.block: None for key in keys if not isinstance(key.block, str)}
        blocks: tuple[Any, ...] = tuple(named)
        number = {block: b for b, block in enumerate(blocks)} | _NUMBERS
        places: dict[K, dict[Index, int]] = {}
        for key in keys:
            own = places.setdefault(_pattern(key), {})
            own.setdefault(key.key, len(own))
        components = tuple(Component(pattern, list(own)) for pattern, own in places.items())
        sizes = np.cumsum([0, *(len(own) for own in places.values())]).tolist()
        first = dict(zip(places, sizes, strict=False))
        item = [first[_pattern(key)] + places[_pattern(key)][key.key] for key in keys]
        block = [number[key.block] for key in keys]
        numbers = (np.array(item, dtype=np.int32), np.array(block, dtype=np.int32))
        return cls(components, *numbers, blocks)

    @classmethod
    def once(
        cls, components: Sequence[Component[K]], where: Literal["investment", "joint"]
    ) -> Keys[K]:
        """Every index of some components once, outside the blocks."""
        size = sum(len(component.keys) for component in components)
        block = np.full(size, _NUMBERS[where], dtype=np.int32)
        return cls(tuple(components), np.arange(size, dtype=np.int32), block)

    @classmethod
    def stamped(
        cls, components: Sequence[Component[K]], kept: Bools, blocks: Sequence[tuple[str, int]]
    ) -> Keys[K]:
        """Components repeated for every block.

        Args:
            components: those of the compiled year.
            kept: (blocks × indexes) which are there.
            blocks: scenario and year of each block.
        """
        block, item = np.nonzero(kept)
        return cls(tuple(components), item.astype(np.int32), block.astype(np.int32), tuple(blocks))

    def __len__(self) -> int:
        """How many rows or columns there are."""
        return len(self.item)

    def __getitem__(self, position: int) -> K:
        """The key of the row or column at a position."""
        item, number = int(self.item[position]), int(self.block[position])
        at = int(np.searchsorted(self._starts, item, side="right")) - 1
        component = self.components[at]
        return component.pattern._replace(
            key=component.keys[item - int(self._starts[at])], block=self._block(number)
        )

    def __iter__(self) -> Iterator[K]:
        """The keys in the order of the program."""
        return (self[position] for position in range(len(self)))

    def where(
        self, *components: str, rule: str | None = None, block: Block | None = None
    ) -> NDArray[np.intp]:
        """Positions of the keys with some components (any if none is named), rule and block."""
        chosen = [
            (not components or component.pattern.component in components)
            and (rule is None or getattr(component.pattern, "rule", None) == rule)
            for component in self.components
        ]
        mask = np.repeat(chosen, self._sizes).astype(bool)[self.item]
        if block is not None:
            mask &= self.block == self._number(block)
        return np.flatnonzero(mask)

    def position(self, key: K) -> int:
        """Position of a key.

        Raises:
            KeyError: no row or column has it.
        """
        number = self._number(key.block)
        for component, start in zip(self.components, self._starts, strict=True):
            if component.pattern == _pattern(key) and key.key in component.places:
                item = int(start) + component.places[key.key]
                found = np.flatnonzero((self.item == item) & (self.block == number))
                if len(found):
                    return int(found[0])
        raise KeyError(key)

    def taken(self, which: NDArray[Any]) -> Keys[K]:
        """Some of the keys, by a mask or by positions."""
        return Keys(self.components, self.item[which], self.block[which], self.blocks)

    def joined(self, *others: Keys[K]) -> Keys[K]:
        """These keys, and others after them."""
        blocks = self.blocks
        items, numbers, first = [self.item], [self.block], int(self._sizes.sum())
        for other in others:
            if other.blocks and other.blocks != blocks:
                known = set(blocks)
                blocks += tuple(block for block in other.blocks if block not in known)
            items.append(other.item + np.int32(first))
            numbers.append(other._renumbered(blocks))
            first += int(other._sizes.sum())
        components = sum((other.components for other in others), self.components)
        return Keys(components, np.concatenate(items), np.concatenate(numbers), blocks)

    @cached_property
    def _sizes(self) -> NDArray[np.intp]:
        return np.array([len(component.keys) for component in self.components], dtype=np.intp)

    @cached_property
    def _starts(self) -> NDArray[np.intp]:
        return np.cumsum(self._sizes) - self._sizes

    def _block(self, number: int) -> Block:
        if number >= 0:
            return self.blocks[number]
        return INVESTMENT if number == _NUMBERS[INVESTMENT] else JOINT

    def _number(self, block: Block) -> int:
        """Number of a block; one that no key has where it is not there."""
        if isinstance(block, str):
            return _NUMBERS[block]
        return self.blocks.index(block) if block in self.blocks else len(self.blocks)

    def _renumbered(self, blocks: tuple[tuple[str, int], ...]) -> Ints:
        """The number of each key's block in a longer list of blocks."""
        if blocks[: len(self.blocks)] == self.blocks:
            return self.block
        number = {block: b for b, block in enumerate(blocks)}
        new = np.array([number[block] for block in self.blocks], dtype=np.int32)
        return np.where(self.block >= 0, new[np.maximum(self.block, 0)], self.block)


RowKeys: TypeAlias = Keys[RowKey]
ColumnKeys: TypeAlias = Keys[ColumnKey]


def _pattern(key: K) -> K:
    """What a key shares with others of its component."""
    return key._replace(key=(), block=INVESTMENT)

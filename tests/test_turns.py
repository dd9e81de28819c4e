"""Turns: places shared between owners, whatever each of them asks for."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from profiles import examples

from api.errors import Unavailable
from api.turns import Places, Turns

if TYPE_CHECKING:
    from collections.abc import Sequence


def order(places: Places, owners: Sequence[str]) -> list[str]:
    """In which order those who ask at once get a place and give it back."""
    turns, served = Turns(places), list[str]()

    async def one(owner: str) -> None:
        async with turns.turn(owner):
            held = Counter(at_work)
            at_work.append(owner)
            assert len(at_work) <= places.all
            assert held[owner] < places.of_one
            served.append(owner)
            await asyncio.sleep(0)
            at_work.remove(owner)

    at_work: list[str] = []

    async def all_at_once() -> None:
        await asyncio.gather(*map(one, owners))

    asyncio.run(all_at_once())
    assert (turns.held, turns.waiting) == (0, 0)
    return served


def test_each_owner_has_its_turn() -> None:
    assert order(Places(1, 1, 99, "things"), "AAAABBC") == list("ABCABAA")


def test_no_owner_holds_all_places() -> None:
    """Two of three places are its own at most: whoever comes later finds the third."""
    turns = Turns(Places(3, 2, 99, "things"))

    async def later() -> None:
        first, second = turns.turn("A"), turns.turn("A")
        await first.__aenter__()
        await second.__aenter__()
        third = asyncio.create_task(turns.take("A"))
        await asyncio.sleep(0)
        assert not third.done()
        async with asyncio.timeout(10), turns.turn("B"):
            assert not third.done()
        await first.__aexit__(None, None, None)
        await third
        assert turns.held == 2
        await second.__aexit__(None, None, None)
        turns.leave("A")

    asyncio.run(later())
    assert turns.held == 0


@given(st.lists(st.sampled_from("ABCD"), max_size=60), st.integers(1, 5), st.integers(1, 5))
@settings(max_examples=examples(50))
def test_all_are_served_whoever_asks(owners: list[str], places: int, of_one: int) -> None:
    served = order(Places(places, min(places, of_one), 99, "things"), owners)

    assert Counter(served) == Counter(owners)


def test_too_much_of_one_owner_is_refused_and_no_others() -> None:
    turns = Turns(Places(1, 1, 2, "things of yours", again_s=7))

    async def many() -> list[object]:
        async def one(owner: str) -> str:
            async with turns.turn(owner):
                await asyncio.sleep(0)
            return owner

        return await asyncio.gather(*map(one, "AAAAB"), return_exceptions=True)

    *ours, other = asyncio.run(many())
    (refused,) = [one for one in ours if isinstance(one, Unavailable)]
    assert refused.retry_after_s == 7
    assert refused.detail == "2 things of yours are waiting already, and no more may"
    assert other == "B"


@pytest.mark.parametrize("when", ["waiting", "called"])
def test_whoever_goes_away_leaves_the_place_to_the_next(when: str) -> None:
    turns = Turns(Places(1, 1, 9, "things"))

    async def going() -> None:
        await turns.take("A")
        gone, stays = (asyncio.create_task(turns.take(owner)) for owner in "BC")
        await asyncio.sleep(0)
        if when == "waiting":
            gone.cancel()
            turns.leave("A")
        else:
            turns.leave("A")
            gone.cancel()
        await stays
        turns.leave("C")
        with pytest.raises(asyncio.CancelledError):
            await gone

    asyncio.run(going())
    assert (turns.held, turns.waiting) == (0, 0)

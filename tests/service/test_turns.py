"""Turns: places shared between owners, whatever each of them asks for."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.errors import Unavailable
from api.turns import STREAK, Places, Turns
from tests.support.profiles import examples

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


def test_what_waits_begins_when_those_have_ended_that_were_at_it_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Three of A's are at it when B comes: its next begins when they have ended, and B's too."""
    monkeypatch.setattr("api.turns.STREAK", 0)
    turns = Turns(Places(10, 3, 99, "things", beside=1))

    async def both() -> list[list[bool]]:
        seen = []

        async def leave(owner: str) -> None:
            turns.leave(owner)
            await asyncio.sleep(0)
            seen.append([one.done() for one in later])

        for owner in "AAAB":
            await turns.take(owner)
        later = [asyncio.create_task(turns.take("A")) for _ in range(3)]
        await asyncio.sleep(0)
        for owner in "AAABA":
            await leave(owner)
        for _ in range(2):
            turns.leave("A")
        return seen

    none, everyone = [False] * 3, [True] * 3
    assert asyncio.run(both()) == [none, none, none, everyone, everyone]
    assert (turns.held, turns.waiting) == (0, 0)


def test_whoever_has_been_alone_for_a_while_has_more_places() -> None:
    turns = Turns(Places(10, 2, 99, "things", beside=1))

    async def begun() -> int:
        for owner in ("A", "B"):
            await turns.take(owner)
            turns.leave(owner)
        for number in itertools.count(1):
            await turns.take("A")
            second = asyncio.create_task(turns.take("A"))
            await asyncio.sleep(0)
            alone = second.done()
            turns.leave("A")
            await second
            turns.leave("A")
            if alone:
                return number
        raise AssertionError

    assert asyncio.run(begun()) == STREAK // 2 + 1


@pytest.mark.parametrize("others", ["B", "BC"])
def test_a_flood_begins_nothing_beside_those_who_came_before_and_is_not_starved(
    others: str,
) -> None:
    """Two dozen of A's never pause, nor do the others: in turn, however many of A's wait."""
    turns, log = Turns(Places(99, 3, 99, "things", beside=1)), list[str]()

    async def again(owner: str, steps: int, times: int) -> None:
        for _ in range(times):
            async with turns.turn(owner):
                log.append(owner)
                for _ in range(steps):
                    await asyncio.sleep(0)
                log.append(owner.lower())

    async def all_at_once() -> None:
        flood = [asyncio.create_task(again("A", 3, 1000)) for _ in range(24)]
        await asyncio.gather(*(again(owner, 20 + 7 * n, 50) for n, owner in enumerate(others)))
        for one in flood:
            one.cancel()
        await asyncio.gather(*flood, return_exceptions=True)

    asyncio.run(all_at_once())
    told = "".join(log)
    for owner in others:
        for part in re.findall(f"{owner}([^{owner.lower()}]*){owner.lower()}", told):
            assert part.count("A") <= len(others)
    assert told.count("A") >= 50


def test_what_has_begun_goes_on_before_more_begins_and_is_not_refused() -> None:
    turns, served = Turns(Places(1, 1, 1, "things")), list[str]()

    async def one(name: str, *, again: bool) -> None:
        await turns.take("A", again=again)
        served.append(name)
        turns.leave("A")

    async def all_at_once() -> None:
        await turns.take("A")
        waiting = [asyncio.create_task(one("new", again=False))]
        await asyncio.sleep(0)
        waiting.append(asyncio.create_task(one("begun", again=True)))
        await asyncio.sleep(0)
        turns.leave("A")
        await asyncio.gather(*waiting)

    asyncio.run(all_at_once())
    assert served == ["begun", "new"]


@given(st.lists(st.sampled_from("ABCD"), max_size=60), st.integers(1, 5), st.integers(1, 5))
@settings(max_examples=examples(50))
def test_all_are_served_whoever_asks(owners: list[str], places: int, of_one: int) -> None:
    of_one = min(places, of_one)
    served = order(Places(places, of_one, 99, "things", beside=max(1, of_one - 1)), owners)

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

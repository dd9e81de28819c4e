"""Prepared programs are those that compiling anew gives, and little is compiled anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from optimizer.blocks.worlds import Worlds
from optimizer.errors import InvalidInstance
from optimizer.instance import Instance
from optimizer.program import compile as compiling
from optimizer.program import prepared
from optimizer.program.prepared import InstanceReading, stamp_prepared
from optimizer.program.stamp import stamp
from tests.support.hand_cases import hand_cases
from tests.support.hand_plans import hand_instance
from tests.support.strategies import random_instance

Change = Callable[[Instance], Instance]


def times(path: str, factor: float) -> Change:
    """What stands at a path, where there is any such row, so many times."""

    def change(instance: Instance) -> Instance:
        return (
            instance.changed({path: factor}) if getattr(instance, path.split(".")[0]) else instance
        )

    return change


CHANGES: dict[str, Change] = {
    "budget": lambda instance: instance.changed(budget_factor=1.5),
    "demand": times("demand.*.demand_t_per_year*", 0.9),
    "prices": times("prices.*.price_usd_per_t*", 1.1),
    "supply": times("supply_limits.*.limit_t_per_year*", 0.8),
    "building cost": times("projects.*.capex_musd*", 1.2),
    "operating cost": times("recipes.*.opex_usd_per_t*", 1.2),
    "policies": lambda instance: instance.changed(switch_off=[row.id for row in instance.policies]),
    "rate": lambda instance: instance.changed({"settings.discount_rate": 0.11}),
    "objective": lambda instance: instance.changed({"settings.objective.risk_weight": 0.3}),
}
BASES = {f"hand-{i}": case.instance for i, case in enumerate(hand_cases())}
BASES |= {f"random-{seed}": random_instance(seed) for seed in range(8)}


@pytest.fixture(autouse=True)
def nothing_at_hand() -> Iterator[None]:
    prepared.forget()
    yield
    prepared.forget()


def arrays(stamped: Any) -> dict[str, bytes]:
    return {name: np.asarray(x).tobytes() for name, x in stamped.program.arrays().items()}


@pytest.mark.parametrize("base", BASES)
def test_a_prepared_program_is_the_one_that_is_compiled_anew(base: str) -> None:
    """Whatever was changed, and in whatever order one change is asked for after another."""
    instance = BASES[base]
    stamp_prepared(Worlds.of(instance))
    for name, change in CHANGES.items():
        try:
            changed = change(instance)
        except InvalidInstance:  # Of this instance that change makes no sense.
            continue
        assert arrays(stamp_prepared(Worlds.of(changed))) == arrays(stamp(Worlds.of(changed))), name
    assert arrays(stamp_prepared(Worlds.of(instance))) == arrays(stamp(Worlds.of(instance)))


@pytest.mark.parametrize(
    ("change", "compiled"),
    [
        ("supply", []),
        ("demand", ["compile_year"]),  # What is of use at most is counted in rule 9.
        ("budget", []),
        ("policies", ["compile_investment", "compile_year"]),
        ("building cost", ["compile_investment", "compile_year"]),
    ],
)
def test_only_what_a_change_touches_is_compiled_anew(
    change: str, compiled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = hand_instance()
    stamp_prepared(Worlds.of(instance))
    asked: list[str] = []

    def counted(name: str) -> Callable[[Any], Any]:
        real = getattr(compiling, name)
        return lambda given: (asked.append(name), real(given))[1]

    for name in ("compile_investment", "compile_year"):
        monkeypatch.setattr(compiling, name, counted(name))
    stamp_prepared(Worlds.of(CHANGES[change](instance)))

    assert asked == compiled


def test_the_last_few_are_kept_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    instance = hand_instance()
    path = "projects.*.capex_musd*"
    dearer = [instance.changed({path: 1 + i / 10}) for i in range(prepared.KEPT + 1)]
    for each in dearer:
        stamp_prepared(Worlds.of(each))
    asked = []
    real = compiling.compile_investment
    monkeypatch.setattr(compiling, "compile_investment", lambda q: (asked.append(q), real(q))[1])
    for each in dearer[1:]:
        stamp_prepared(Worlds.of(each))
    assert asked == []
    stamp_prepared(Worlds.of(dearer[0]))
    assert len(asked) == 1


def test_what_is_read_is_known_and_nothing_else() -> None:
    instance = hand_instance()
    reading: Any = InstanceReading(instance)
    assert len(reading.policies) == len(instance.policies)
    assert reading.settings.discount_rate == instance.settings.discount_rate

    assert reading.holds_for(instance.changed({"settings.carbon_price_usd_per_t": 5}))
    assert not reading.holds_for(instance.changed({"settings.discount_rate": 0.01}))
    assert not reading.holds_for(instance.changed(switch_off=[instance.policies[0].id]))

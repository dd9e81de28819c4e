"""Failures by draw: scenarios that say which projects never come online.

Enters: an instance whose projects have success probabilities. Leaves: the instance in which they
fail in scenarios as often as that, by Latin hypercube sampling (McKay, Beckman and Conover 1979).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from optimizer.errors import OptimizerError
from optimizer.instance import Instance
from optimizer.instance.failure import may_fail
from optimizer.instance.records import Delay, Failure, Scenario, Shock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optimizer.instance.records import Project

MOST_YEARS = 5_000
"""Scenario-years of draws beyond which no instance is made: each is a year to be operated."""
LONGEST = 64
"""Characters of an identifier."""

Draw = frozenset[str]
"""The projects that fail together."""


class _World(NamedTuple):
    """A scenario of the new instance: which one it repeats, and who fails in it besides."""

    row: Scenario
    of: str
    fails: Draw
    shock: str
    """What the ids of its shocks end in."""


def failures(
    instance: Instance, draws: int, seed: int = 0, *, common_cause: float = 0.0
) -> Instance:
    """Draw which projects fail, and cross the draws with the scenarios (rule 9).

    Every scenario with a probability becomes one scenario for each draw, draws that are alike
    being one; the nominal scenario and those to be survived stay besides, without probability,
    since policies are judged in them. Each project fails with 1 − success_probability exactly in
    expectation over seeds, and for every seed in so many of the draws to the nearest below or
    above. `settings.failure` becomes `drawn`. An instance in which nothing can fail stays as it
    is.

    Args:
        instance: stays as it is.
        draws: how many; the frequency of each project's failure is within 1/draws of what it is
            said to be.
        seed: equal seeds give equal draws.
        common_cause: 0 to 1, the share of draws in which the candidates and committed projects
            of a country stand or fall by one cause, so that the likelier to fail fails whenever
            the other does; each project fails as often as without.

    Raises:
        OptimizerError: failures are drawn already, the draws or the share are out of range, no
            project fails in so few draws, or there would be too many years to operate.
    """
    _refuse(instance, draws, common_cause)
    risky = [row for row in instance.projects if may_fail(row) and row.success_probability < 1]
    if not risky:
        return instance
    drawn = Counter(_draws(risky, draws, Random(seed), common_cause))
    if not any(drawn) and not instance.failures:
        raise OptimizerError(
            f"in {draws:,} draws with seed {seed} no project fails, and all would be certain: "
            "take more draws"
        )
    worlds = _worlds(instance, {fails: n / draws for fails, n in drawn.items()})
    changed = {
        "settings": instance.settings.replaced(failure="drawn"),
        "scenarios": tuple(world.row for world in worlds),
        "shocks": tuple(_shocks(instance, worlds)),
        "delays": tuple(_delays(instance, worlds)),
        "failures": tuple(_failures(instance, worlds)),
    }
    return Instance.model_validate(dict(instance) | changed)


def _refuse(instance: Instance, draws: int, common_cause: float) -> None:
    """What cannot be drawn."""
    if instance.settings.failure == "drawn":
        raise OptimizerError(
            "failures are drawn already (settings.failure): draw from the instance as it was, or "
            "take the table failures and the scenarios of the draws out"
        )
    if draws < 1:
        raise OptimizerError(f"{draws} draws: there must be at least 1, and 20 are usual")
    if not 0 <= common_cause <= 1:
        raise OptimizerError(f"a common cause of {common_cause:g} is not within 0 to 1")
    weighed = sum(row.probability > 0 for row in instance.scenarios)
    years = weighed * draws * len(instance.settings.years)
    if years > MOST_YEARS:
        raise OptimizerError(
            f"{draws:,} draws of {weighed:,} scenarios are {years:,} years to be operated, and "
            f"{MOST_YEARS:,} are the most: take at most "
            f"{MOST_YEARS // (weighed * len(instance.settings.years)):,} draws, fewer scenarios, "
            f"or leave settings.failure at expected"
        )


def _draws(risky: list[Project], draws: int, random: Random, common_cause: float) -> list[Draw]:
    """Who fails in each draw.

    [0, 1) is cut into as many strata as there are draws, and each project has a point in each of
    them, in an order of its own; it fails where its point is below 1 − π. Where a cause is common,
    all projects of a country have the country's point, and in the other draws points in the strata
    that are left.
    """
    found: list[set[str]] = [set() for _ in range(draws)]
    by_country: dict[str, list[Project]] = defaultdict(list)
    for project in risky:
        by_country[project.country].append(project)
    for country in sorted(by_country):
        order, offset = random.sample(range(draws), draws), random.random()
        shared = int(common_cause * draws + random.random())
        for project in sorted(by_country[country], key=lambda row: row.id):
            own = random.sample(order[shared:], draws - shared)
            apart = random.random()
            points = [stratum + offset for stratum in order[:shared]]
            points += [stratum + apart for stratum in own]
            for draw, point in enumerate(points):
                if point < (1.0 - project.success_probability) * draws:
                    found[draw].add(project.id)
        found = _turned(found, random)
    return [frozenset(fails) for fails in found]


def _turned(found: list[set[str]], random: Random) -> list[set[str]]:
    """The draws in another order, so that countries share their causes in other draws."""
    return random.sample(found, len(found))


def _worlds(instance: Instance, drawn: dict[Draw, float]) -> list[_World]:
    """Every scenario of the new instance."""
    worlds = []
    names = {row.id for row in instance.scenarios}
    for row in instance.scenarios:
        if row.probability == 0 or row.nominal or row.must_survive:
            kept = row.replaced(probability=0.0)
            worlds.append(_World(kept, row.id, frozenset(), ""))
        if row.probability == 0:
            continue
        ordered = sorted(drawn.items(), key=lambda pair: (len(pair[0]), sorted(pair[0])))
        for number, (fails, share) in enumerate(ordered, start=1):
            name = _unused(f"{row.id}.draw-{number}", names)
            names.add(name)
            told = f"{row.name or row.id}; {_said(fails)}"
            scenario = Scenario(
                id=name, name=told[:2000], probability=row.probability * share, source=row.source
            )
            worlds.append(_World(scenario, row.id, fails, f".{row.id}.draw-{number}"))
    return worlds


def _said(fails: Draw) -> str:
    """A draw in words."""
    verb = "fails" if len(fails) == 1 else "fail"
    return f"{', '.join(sorted(fails))} {verb}" if fails else "no project fails"


def _unused(name: str, names: set[str] | frozenset[str]) -> str:
    """A name of at most so many characters that nobody has: its end tells it from others."""
    found, number = name[-LONGEST:].lstrip("._-"), 1
    while found in names:
        number += 1
        end = f".{number}"
        found = name[-(LONGEST - len(end)) :].lstrip("._-") + end
    return found


def _shocks(instance: Instance, worlds: Iterable[_World]) -> Iterable[Shock]:
    """The shocks of each scenario as those of the one that it repeats."""
    names: set[str] = {row.id for row in instance.shocks}
    for world in worlds:
        for shock in instance.shocks:
            if shock.scenario != world.of:
                continue
            name = shock.id
            if world.shock:
                name = _unused(f"{shock.id}{world.shock}", names)
                names.add(name)
            yield shock.replaced(id=name, scenario=world.row.id)


def _delays(instance: Instance, worlds: Iterable[_World]) -> Iterable[Delay]:
    """The delays likewise, but for what fails: that never comes."""
    for world in worlds:
        for delay in instance.delays:
            if delay.scenario == world.of and delay.project not in world.fails:
                yield delay.replaced(scenario=world.row.id)


def _failures(instance: Instance, worlds: Iterable[_World]) -> Iterable[Failure]:
    """Who fails in each scenario: by the draw, and where the scenario says so itself."""
    for world in worlds:
        said = {row.project for row in instance.failures if row.scenario == world.of}
        for project in sorted(world.fails | said):
            yield Failure(scenario=world.row.id, project=project)

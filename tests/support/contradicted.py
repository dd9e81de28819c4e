"""Random instances under more rules than they can perhaps keep, for tests of contradictions."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from optimizer.errors import InvalidInstance
from tests.support.factories import policy, relation
from tests.support.strategies import random_instance

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.instance.records import Policy

TAGS: list[dict[str, Any]] = [
    {},
    {"tag": "kind", "tag_value": "mine"},
    {"tag": "country", "tag_value": "AUS"},
    {"tag": "outside"},
    {"tag": "material", "tag_value": "oxide"},
]


def strained(seed: int) -> Instance | None:
    """A random instance with locks, mandates and bounds drawn without regard to one another.

    None where the draw is no valid instance.
    """
    random = Random(seed)
    calm = random_instance(seed)
    names = [row.id for row in calm.projects if row.status == "candidate"]
    locks = {name: random.choice(["free"] * 5 + ["in", "out"]) for name in names}
    rows = random.sample(_policies(random, calm), random.randint(1, 3))
    kept = tuple(row for row in calm.policies if row.id not in {extra.id for extra in rows})
    survived = random.random() < 0.3
    scenarios = tuple(
        row.replaced(must_survive=row.must_survive or (survived and not row.nominal))
        for row in calm.scenarios
    )
    more = []
    if len(names) > 1 and random.random() < 0.5:
        pair = random.sample(names, 2)
        kind = random.choice(["requires", "excludes", "group"])
        bounds = {"least": random.randint(0, 2), "most": 2} if kind == "group" else {}
        lag = {"lag_years": random.randint(0, 2)} if kind == "requires" else {}
        more = [relation("extra", kind, *pair, **bounds, **lag)]
    try:
        return calm.replaced(
            projects=tuple(row.replaced(locked=locks.get(row.id, "free")) for row in calm.projects),
            policies=(*kept, *{row.id: row for row in rows}.values()),
            scenarios=scenarios,
            relations=(*calm.relations, *more),
        ).changed(budget_factor=random.choice([0.0, 0.1, 0.5, 1.0]))
    except InvalidInstance:
        return None


def _policies(random: Random, calm: Instance) -> list[Policy]:
    first, last = calm.settings.first_year, calm.settings.last_year
    share = {"element": "Nd", "stage": random.choice(["extraction", "processing"])}
    member = random.choice([None, *(row.id for row in calm.members)])
    spans = {"first_year": random.randint(first, last)}

    def tag() -> dict[str, Any]:
        return random.choice(TAGS)

    def sense() -> str:
        return random.choice(["least", "most"])

    cover = policy("x-cover", "days_of_cover", random.choice([10, 100, 500]), sense="least",
                   tag="kind", tag_value="stockpile", **spans)  # fmt: skip
    return [
        *([cover, cover] if calm.stockpiles else []),
        policy("x-lights", "must_survive", random.choice([0.0, 0.3, 0.7]), **spans),
        policy("x-served", "criterion_bound", random.choice([0.3, 0.7, 1.0]), sense="least",
               criterion="worst_member_service"),
        policy("x-short2", "criterion_bound", random.choice([0.0, 0.1, 1.0]),
               criterion="expected_shortage"),
        policy("x-dear", "criterion_bound", random.choice([0, 20, 200]), sense=sense(),
               criterion="mean_shortage_cost"),
        policy("x-count", "project_count", random.randint(0, 4), sense=sense(), **tag()),
        policy("x-few", "project_count", random.randint(0, 2), **tag()),
        policy("x-jobs", "attribute_sum", random.choice([5, 30, 100]), sense=sense(),
               attribute="jobs", **tag()),
        policy("x-mean", "attribute_mean", random.choice([5, 30]), sense=sense(), attribute="jobs"),
        policy("x-floor", "esg_floor", 50, sense="least", score="e", **tag()),
        policy("x-esg", "esg_mean", random.choice([40, 90]), sense="least", score="e"),
        policy("x-gap", "esg_shortfall", random.choice([0, 5]), score="e", target=60),
        policy("x-host", "host_benefit", 0.05, sense="least", **tag()),
        policy("x-bare", "uncertified_share", random.choice([0.0, 0.2])),
        policy("x-most", "money_share", random.choice([0.0, 0.2]), member=member, **tag(), **spans),
        policy("x-least", "money_share", random.choice([0.1, 0.5, 0.9]), sense="least",
               member=member, **tag(), **spans),
        policy("x-least2", "money_share", random.choice([0.3, 0.7, 1.0]), sense="least", **tag()),
        policy("x-home", "stage_share", random.choice([0.1, 0.5, 0.9]), sense="least",
               first_year=random.randint(first, last), **share, **tag()),
        policy("x-score", "criterion_bound", random.choice([5, 15]), sense="least",
               criterion="strategic_value"),
        policy("x-public", "criterion_bound", random.choice([0, 10, 60, 300]), sense=sense(),
               criterion=random.choice(["public_capital", "private_capital", "guaranteed"])),
        policy("x-short", "criterion_bound", random.choice([-1.0, 0.5]),
               criterion="expected_shortage"),
        policy("x-cost", "criterion_bound", random.choice([-5, 10, 200]), sense=sense(),
               criterion=random.choice(["treasury_cost", "carbon", "water", "attribute.jobs"])),
    ]  # fmt: skip

"""What-ifs on the command line: the options that change an instance's data."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from optimizer.cli.outcomes import complain, refuse

if TYPE_CHECKING:
    from optimizer.instance import Instance

Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change one value of the instance, for example policies.ID.value=0.4, "
        "settings.discount_rate=0.03 or demand.SEGMENT/2031.demand_t_per_year=900; with * in the "
        "key the value of every row that fits, and with *= multiply it: "
        "prices.lithium*.price_usd_per_t*=0.5. Repeatable.",
    ),
]
FixIn = Annotated[
    list[str] | None,
    typer.Option(metavar="PROJECT", help="Force a candidate into the plan. Repeatable."),
]
FixOut = Annotated[
    list[str] | None,
    typer.Option(metavar="PROJECT", help="Keep a candidate out of the plan. Repeatable."),
]
Budget = Annotated[
    float | None,
    typer.Option(
        min=0, metavar="FACTOR", help="Multiply all contributions and opening cash, such as 0.7."
    ),
]
Shocks = Annotated[
    list[str] | None,
    typer.Option(
        "--shock",
        metavar="COUNTRY:MATERIAL:YEARS:FACTOR[:PROBABILITY]",
        help="Add a scenario in which a country delivers only a part, for example "
        "CHN:graphite:2028-2030:0.2 or CHN:*:2028:0:0.25; its probability is 0.1 unless given, and "
        "the others keep their proportions. Shocks joined by + come together. Repeatable.",
    ),
]

Failures = Annotated[
    str | None,
    typer.Option(
        "--failures",
        metavar="DRAWS[:SEED[:COMMON]]",
        help="Draw which projects fail, for example 20 or 20:7, and cross the draws with the "
        "scenarios; with 20:7:0.3 the projects of a country share the cause in 0.3 of the draws. "
        "Without it each project counts by its chance (settings.failure).",
    ),
]

SHOCK_FORM = "COUNTRY:MATERIAL:YEARS:FACTOR[:PROBABILITY], for example CHN:graphite:2028-2030:0.2"
USUAL_PROBABILITY = 0.1
"""Of a shock whose probability is not given; every run says so."""


class Changes(NamedTuple):
    """What the options of a command line change."""

    sets: list[str] | None = None
    fix_in: list[str] | None = None
    fix_out: list[str] | None = None
    budget: float | None = None
    shocks: list[str] | None = None
    failures: str | None = None

    @property
    def any(self) -> bool:
        """Whether there is a change at all."""
        given = any(self[:3]) or self.budget is not None
        return given or bool(self.shocks) or self.failures is not None


def changed_instance(path: Path, changes: Changes) -> "Instance":
    """The instance at a path with the changes of a command line."""
    from optimizer.instance.formats.reader import load

    instance = load(path)
    values = assignments(changes.sets or [])
    fix_in, fix_out = changes.fix_in or [], changes.fix_out or []
    locks = [*fix_in, *fix_out]
    for project in sorted(set(locks)):
        if locks.count(project) > 1 or f"projects.{project}.locked" in values:
            refuse(f"the lock of {project} is given more than once")
    factor = 1.0 if changes.budget is None else changes.budget
    if values or locks or factor != 1:
        instance = instance.changed(values, fix_in=fix_in, fix_out=fix_out, budget_factor=factor)
    for number, text in enumerate(changes.shocks or [], start=1):
        instance = shocked(instance, text, f"shock-{number}")
    return instance if changes.failures is None else drawn(instance, changes.failures)


def drawn(instance: "Instance", text: str) -> "Instance":
    """The instance with failures drawn, from a text such as 20, 20:7 or 20:7:0.3."""
    from optimizer.errors import OptimizerError
    from optimizer.scenarios.failures import failures

    cells = [cell.strip() for cell in text.split(":")]
    try:
        draws, seed, common = int(cells[0]), *(*cells[1:], "0", "0")[:2]
        given = (draws, int(seed), float(common))
    except ValueError:
        given = None
    if given is None or len(cells) > 3:
        refuse(f"--failures {text}: write DRAWS[:SEED[:COMMON]], for example 20, 20:7 or 20:7:0.3")
    try:
        changed = failures(instance, given[0], given[1], common_cause=given[2])
    except OptimizerError as trouble:
        refuse(f"--failures {text}: {trouble}")
    weighed = sum(row.probability > 0 for row in changed.scenarios)
    complain(f"failures: {weighed:,} scenarios with a probability, from {given[0]:,} draws of each")
    return changed


def assignments(sets: list[str]) -> dict[str, object]:
    """Values by path, from texts of the form PATH=VALUE."""
    values: dict[str, object] = {}
    for text in sets:
        path, equals, value = text.partition("=")
        path = path.strip()
        if not equals or not path:
            refuse(f"--set {text}: write PATH=VALUE, for example policies.ID.value=0.4")
        if path in values:
            refuse(f"--set {path} is given more than once")
        values[path] = value.strip()
    return values


def shocked(instance: "Instance", text: str, scenario: str) -> "Instance":
    """The instance with one more scenario, of one shock or of several joined by +."""
    from optimizer.errors import OptimizerError
    from optimizer.scenarios.n_minus import Loss, with_shock

    losses, chances = [], set()
    for part in text.split("+"):
        cells = [cell.strip() for cell in part.split(":")]
        if len(cells) not in (4, 5):
            refuse(f"--shock {text}: write {SHOCK_FORM}")
        materials = materials_of(instance, cells[1], text)
        losses.append(Loss(cells[0], materials, span_of(cells[2], text), number(cells[3], text)))
        chances |= {number(cell, text) for cell in cells[4:]}
    if len(chances) > 1:
        refuse(f"--shock {text}: shocks that come together have one probability")
    probability = chances.pop() if chances else USUAL_PROBABILITY
    try:
        changed = with_shock(instance, losses, probability=probability, scenario=scenario)
    except OptimizerError as trouble:
        refuse(f"--shock {text}: {trouble}")
    complain(f"{scenario}: {changed.scenarios[-1].name}; probability {100 * probability:g} %")
    return changed


def materials_of(instance: "Instance", word: str, text: str) -> tuple[str, ...] | None:
    """The materials that a word names: one by its id, or all whose ids begin with it."""
    from optimizer.instance.validation.words import suggestion

    if word in ("", "*"):
        return None
    known = sorted(row.id for row in instance.materials)
    if word in known:
        return (word,)
    family = word.rstrip("*")
    found = tuple(name for name in known if name.startswith(family))
    if not found:
        refuse(f"--shock {text}: there is no material '{word}'{suggestion(word, known)}")
    return found


def span_of(text: str, whole: str) -> tuple[int, int]:
    """First and last year, from `2028` or `2028-2030`."""
    first, dash, last = text.partition("-")
    last = last if dash else first
    if not (first.isdecimal() and last.isdecimal()):
        refuse(f"--shock {whole}: '{text}' is no year and no span of years such as 2028-2030")
    return int(first), int(last)


def number(text: str, whole: str) -> float:
    """A number of a shock."""
    try:
        return float(text)
    except ValueError:
        refuse(f"--shock {whole}: '{text}' is not a number; write {SHOCK_FORM}")

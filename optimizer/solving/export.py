"""The first step of an instance as a file for other solvers.

Enters: an instance. Leaves: an MPS file, whole or not at all, whose first lines say what its
optimum is. The constant part is in the file, so the optimum is the objective of the best plan;
where an instance maximises, MPS minimises, and it is the objective's negative.

No linear file holds the cone of rule 18. So where an instance caps an HHI it is solved first, and
the tangents that its plan needed are in the file: its optimum then lies between the bound that was
proven and what the plan comes to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optimizer.blocks.worlds import Worlds
from optimizer.errors import SolverFailed
from optimizer.highs.process import Stop
from optimizer.plan import Options
from optimizer.program.mps import mps_lines
from optimizer.program.stamp import stamp
from optimizer.solving.cone import TANGENT
from optimizer.solving.session import Session
from optimizer.solving.solve import portfolio_of
from optimizer.system.files import whole_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from optimizer.highs.process import Answer
    from optimizer.instance import Instance
    from optimizer.program.program import Program


@dataclass(frozen=True)
class _Capped:
    """What a solve has found out of a program with the cone of rule 18."""

    policies: list[str]
    tangents: int
    bound: float | None
    """What the file's optimum is no less than; None where nothing is proven."""
    value: float | None
    """What it is no more than; None where no plan exists."""


def export_mps(
    instance: Instance, path: Path, options: Options | None = None, stop: Stop | None = None
) -> None:
    """Write an instance's first step to a file.

    Args:
        instance: a valid instance.
        path: where the file is to be.
        options: gap, time limit and seed of the solve that an HHI cap needs.
        stop: counts requests to stop it.

    Raises:
        SolverFailed: the instance caps an HHI, and neither a plan was found nor that there is none.
        OSError: the file cannot be written; what was there is left as it was.
    """
    program = stamp(Worlds.of(instance)).program
    policies = [row.id for row in instance.policies if row.enabled and row.kind == "hhi_cap"]
    capped = None
    if policies:
        session = Session(options or Options(), None, stop or Stop())
        program, capped = _with_tangents(instance, program, session, policies)
    with (
        whole_file(path) as fresh,
        fresh.open("w", encoding="utf-8", newline="\n") as file,
    ):
        file.writelines(line + "\n" for line in _header(instance, capped))
        file.writelines(line + "\n" for line in mps_lines(program))


def _with_tangents(
    instance: Instance, program: Program, session: Session, policies: list[str]
) -> tuple[Program, _Capped]:
    """The program with the tangents that its plan needs, and what is then known of it."""
    with session.stop.on_interrupt():
        found, _ = portfolio_of(instance, session)
    if found.x is None and found.answer.ending != "infeasible":
        raise SolverFailed(_no_tangents(policies, found.answer))
    tight = found.stamped.program
    rows = [tight.row(position) for position in tight.rows.where(TANGENT).tolist()]
    if rows:
        program = program.with_rows(rows)
    value = None if found.x is None else program.value(found.x)
    bound = found.answer.bound
    if value is not None and bound is not None:
        bound = min(bound, value)
    return program, _Capped(policies, len(rows), bound, value)


def _no_tangents(policies: list[str], answer: Answer) -> str:
    return (
        f"no file holds the cone of rule 18 ({', '.join(policies)}), and no plan was found whose "
        f"tangents could stand for it ({answer.ending}): nothing is written. Let it run to its "
        "end, or disable the cap."
    )


def _header(instance: Instance, capped: _Capped | None) -> Iterator[str]:
    """Comment lines: what the file is and what its optimum means."""
    settings = instance.settings
    yield f"* First step of the instance {settings.id}, SHA-256 {instance.content_hash}"
    maximised = settings.objective.sense == "maximise"
    what = "the negative of the objective" if maximised else "the objective"
    if maximised:
        yield "* The instance maximises, this file minimises."
    if instance.steps:
        yield "* Further steps of the objective are not in it; they may give up some of this one."
    if capped is None:
        yield f"* Its optimum is {what} of the best plan of the first step."
    else:
        yield from _of_the_cone(capped, what)
    yield f"* Money in million USD of {settings.base_year}, quantities in kilotonnes a year."


def _of_the_cone(capped: _Capped, what: str) -> Iterator[str]:
    """What stands for the cone, and between which values the optimum lies."""
    yield f"* The cone of rule 18 ({', '.join(capped.policies)}) is in it by the tangents that"
    yield f"* a solve needed, {capped.tangents} of them, and not by itself."
    if capped.value is None:
        yield "* It has no solution, because there is no plan."
        return
    yield f"* Its optimum is no more than {what} of the best plan, and no more than"
    yield f"* {capped.value!r}, which the plan of that solve comes to."
    if capped.bound is not None:
        yield f"* It is no less than {capped.bound!r}, the bound proven there."

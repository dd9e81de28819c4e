"""The command that says how firm a saved plan is."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from optimizer.cli.changes import (
    Budget,
    Changes,
    Failures,
    FixIn,
    FixOut,
    Sets,
    Shocks,
    changed_instance,
)
from optimizer.cli.instances import AsJson, InstancePath
from optimizer.cli.outcomes import Ending, end, plain_errors, refuse
from optimizer.cli.plans import PlanPath, same_instance
from optimizer.cli.showing import say_firmness
from optimizer.cli.solve import Draws, refuse_no_time, refuse_place, saved

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Options, Plan


def firm(  # noqa: PLR0913 - one parameter for each option
    path: InstancePath,
    folder: PlanPath,
    draws: Draws = 200,
    time_limit_s: Annotated[
        float | None,
        typer.Option(
            "--time-limit-s",
            help="Stop after so many seconds with the cases that there are.",
            show_default="none",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Seed of the draws.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder to save the plan in with what is said; its own, or another."),
    ] = None,
    sets: Sets = None,
    fix_in: FixIn = None,
    fix_out: FixOut = None,
    budget: Budget = None,
    shocks: Shocks = None,
    failures: Failures = None,
    as_json: AsJson = False,
) -> None:
    """Say how firm a saved plan is: what its choice is worth where one thing is otherwise.

    Starts and contracts stay; money and operation are found anew by linear programs: with half of
    the salvage, with shortage at half its cost, with every shock two years earlier and later, and
    in draws of which projects fail. Progress goes to standard error. Ctrl-C stops and keeps the
    cases that there are; pressed again, it gives up at once.

    A plan made with --set, --fix-in, --fix-out, --budget, --shock or --failures belongs to
    the changed instance: say them again.
    """
    with plain_errors(as_json=as_json):
        from optimizer.plan.files import load_plan

        refuse_no_time(time_limit_s)
        plan = load_plan(folder)
        instance = changed_instance(path, Changes(sets, fix_in, fix_out, budget, shocks, failures))
        same_instance(plan, instance)
        if not plan.found:
            refuse(f"{folder}: there is no plan in it that could be firm")
        if out is not None:
            refuse_place(out)
        options = plan.options.replaced(time_limit_s=time_limit_s, seed=seed, firm_draws=draws)
        plan = _priced(instance, plan, options)
        lost = saved(plan, out) if out is not None else None
        say_firmness(plan, as_json=as_json)
        if lost is not None:
            raise lost
    cut = any(one.ended == "cut_short" for one in plan.proof.firm)
    end(Ending.LIMIT_WITH_PLAN if cut else Ending.DONE)


def _priced(instance: "Instance", plan: "Plan", options: "Options") -> "Plan":
    """The plan with how firm it is."""
    from optimizer.cli.progress import ProgressLine
    from optimizer.solving.firmness import firm as priced_again

    with ProgressLine(maximise=instance.settings.objective.sense == "maximise") as line:
        return priced_again(instance, plan, options, progress=line.tell)

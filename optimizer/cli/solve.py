"""The command that solves an instance."""

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
from optimizer.cli.outcomes import (
    complain,
    end,
    ending_of,
    plain_errors,
    refuse,
    refuse_file_name,
)
from optimizer.cli.showing import say_plan

if TYPE_CHECKING:
    from optimizer.errors import InvalidPlan
    from optimizer.instance import Instance
    from optimizer.plan import Keep, Options, Plan

Gap = Annotated[float, typer.Option(min=0, max=1, help="Stop within this share of the objective …")]
WorthGap = Annotated[
    float, typer.Option(min=0, help="… and within this share of what the plan is worth.")
]
TimeLimit = Annotated[
    float | None,
    typer.Option(
        "--time-limit-s",
        help="Stop after so many seconds with the best plan so far.",
        show_default="none",
    ),
]
Kept = Annotated[
    str,
    typer.Option(
        metavar="WHICH",
        help="Scenarios whose operation is saved: all; marked, the nominal one and those to be "
        "survived; or names with commas, beside the marked ones. All are checked first.",
    ),
]
Draws = Annotated[
    int,
    typer.Option(
        "--firm-draws",
        metavar="N",
        min=1,
        max=100_000,
        help="Draws of failures; all combinations, where there are no more.",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(help="Folder to save the plan in; a plan that is there is replaced."),
]


def solve(  # noqa: PLR0913 - one parameter for each option
    path: InstancePath,
    out: Out = None,
    gap: Gap = 0.001,
    worth_gap: WorthGap = 0.02,
    time_limit_s: TimeLimit = None,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Seed of the solver.")] = 0,
    certify: Annotated[
        bool,
        typer.Option(
            "--certify", help="Verify the bound as closely as the gaps ask, by branching."
        ),
    ] = False,
    firm: Annotated[
        bool, typer.Option("--firm", help="Say how firm the plan is (see the command firm).")
    ] = False,
    draws: Draws = 200,
    sets: Sets = None,
    fix_in: FixIn = None,
    fix_out: FixOut = None,
    budget: Budget = None,
    shocks: Shocks = None,
    keep: Kept = "all",
    failures: Failures = None,
    as_json: AsJson = False,
) -> None:
    """Choose a portfolio, prove how good it is, print it.

    An independent checker recomputes the plan first. Progress goes to standard error. Ctrl-C stops
    the search and keeps the best plan so far; pressed again, it gives up at once.
    """
    with plain_errors(as_json=as_json):
        from optimizer.plan import Options

        refuse_no_time(time_limit_s)
        options = Options(
            gap=gap,
            worth_gap=worth_gap,
            time_limit_s=time_limit_s,
            seed=seed,
            certify=certify,
            firm=firm,
            firm_draws=draws,
            keep=asked_of(keep),
        )
        instance = changed_instance(path, Changes(sets, fix_in, fix_out, budget, shocks, failures))
        if out is not None:
            refuse_place(out)
        plan, lost = solved(instance, options, out)
        say_plan(plan, instance, as_json=as_json)
        if lost is not None:
            raise lost
    end(ending_of(plan))


def refuse_no_time(time_limit_s: float | None) -> None:
    """Refuse a time limit in which nothing can be done."""
    if time_limit_s is not None and not 0 < time_limit_s <= 1e7:
        raise typer.BadParameter("must be more than 0", param_hint="--time-limit-s")


def asked_of(keep: str) -> "Keep | tuple[str, ...]":
    """What `--keep` asks for: a word, or names between commas."""
    if keep == "all":
        return "all"
    if keep == "marked":
        return "marked"
    names = tuple(name.strip() for name in keep.split(","))
    if not all(names):
        raise typer.BadParameter(
            "must be all, marked, or names of scenarios between commas", param_hint="--keep"
        )
    return names


def solved(
    instance: "Instance", options: "Options", out: Path | None
) -> "tuple[Plan, OSError | InvalidPlan | None]":
    """Solve, and save the plan where one was asked for, whatever the user interrupts meanwhile.

    Returns:
        The plan, and why it could not be saved: it is to be printed all the same.
    """
    from optimizer.cli.progress import ProgressLine
    from optimizer.highs.process import Stop
    from optimizer.solving.solve import solve as solve_instance

    stop = Stop()
    maximise = instance.settings.objective.sense == "maximise"
    with stop.on_interrupt(), ProgressLine(maximise=maximise) as line:
        plan = solve_instance(instance, options, progress=line.tell, stop=stop)
        lost = saved(plan, out) if out is not None and plan.found else None
    return plan, lost


def saved(plan: "Plan", out: Path) -> "OSError | InvalidPlan | None":
    """Save a plan; where that fails, among the temporary files, and tell why."""
    from optimizer.errors import InvalidPlan
    from optimizer.plan.files import save_plan

    try:
        save_plan(plan, out)
    except (OSError, InvalidPlan) as trouble:
        kept_elsewhere(plan)
        return trouble
    complain(f"plan saved in {out}")
    return None


def kept_elsewhere(plan: "Plan") -> None:
    """Save a plan among the temporary files, if they have room, and say where."""
    import tempfile

    from optimizer.plan.files import save_plan

    try:
        place = Path(tempfile.mkdtemp(prefix="lodestone-plan-"))
        save_plan(plan, place)
    except OSError:
        complain("the plan could not be saved; it is printed below")
    else:
        complain(f"the plan could not be saved where it was to go; it is in {place}")


def refuse_place(out: Path) -> None:
    """Refuse before the solve what saving would refuse after it."""
    from optimizer.plan.document import PLAN_FILE
    from optimizer.system.files import try_place

    refuse_file_name(out, "--out")
    empty = out.is_dir() and not any(out.iterdir())
    if out.exists() and not empty and not (out / PLAN_FILE).is_file():
        refuse(f"{out}: exists and is not a plan; choose another folder")
    try_place(out)

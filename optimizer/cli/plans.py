"""Commands on saved plans, and export: show, check, export."""

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
    Ending,
    complain,
    end,
    plain_errors,
    refuse,
    refuse_file_name,
    say,
    say_object,
)
from optimizer.cli.showing import say_plan

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Certificate, Plan

PlanPath = Annotated[
    Path, typer.Argument(metavar="PLAN", help="Folder that solve --out has written.")
]
OPTIONS = "--set, --fix-in, --fix-out, --budget, --shock and --failures"
AnyInstance = Annotated[
    bool,
    typer.Option("--any-instance", help="Go on although the plan was made for another instance."),
]


def show(  # noqa: PLR0913 - one parameter for each option
    folder: PlanPath,
    instance: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="The plan's instance: the report then says more."),
    ] = None,
    sets: Sets = None,
    fix_in: FixIn = None,
    fix_out: FixOut = None,
    budget: Budget = None,
    shocks: Shocks = None,
    failures: Failures = None,
    as_json: AsJson = False,
) -> None:
    """Print a saved plan.

    A plan made with --set, --fix-in, --fix-out, --budget, --shock or --failures belongs to
    the changed instance: say them again.
    """
    from optimizer.plan.files import load_plan

    with plain_errors(as_json=as_json):
        plan = load_plan(folder)
        changes = Changes(sets, fix_in, fix_out, budget, shocks, failures)
        its = None
        if instance is not None:
            its = changed_instance(instance, changes)
            same_instance(plan, its)
        elif changes.any:
            refuse(f"{OPTIONS} change an instance: name it with --instance")
        say_plan(plan, its, as_json=as_json)


def check(  # noqa: PLR0913 - one parameter for each option
    path: InstancePath,
    folder: PlanPath,
    sets: Sets = None,
    fix_in: FixIn = None,
    fix_out: FixOut = None,
    budget: Budget = None,
    shocks: Shocks = None,
    failures: Failures = None,
    any_instance: AnyInstance = False,
    certify: Annotated[
        bool,
        typer.Option("--certify", help="Branch until all of the bound that it states is verified."),
    ] = False,
    second: Annotated[
        bool,
        typer.Option("--second-opinion", help="Let another solver prove it, where one is."),
    ] = False,
    time_limit_s: Annotated[
        float,
        typer.Option("--time-limit-s", min=1, help="Seconds for each of these two."),
    ] = 600.0,
    as_json: AsJson = False,
) -> None:
    """Recompute a saved plan from its instance, rule by rule.

    Every rule, every criterion, the objective, doing nothing, worth and the bound are compared with
    what the plan says. What is not kept, or is the solver's word, is told; a plan of an earlier
    version of the model is recomputed by the rules of this one. The bound is verified anew by weak
    duality, from a relaxation that is solved again, and no word of the solver's is taken; with
    --certify all of the bound that the plan states is verified, by branching.

    A plan made with --set, --fix-in, --fix-out, --budget, --shock or --failures belongs to
    the changed instance: say them again.
    """
    with plain_errors(as_json=as_json):
        from optimizer.checker import check as recompute
        from optimizer.cli.second_looks import seen_by_another, verified_again
        from optimizer.plan.files import load_plan

        plan = load_plan(folder)
        instance = changed_instance(path, Changes(sets, fix_in, fix_out, budget, shocks, failures))
        if not any_instance:
            same_instance(plan, instance)
        if not plan.found:
            refuse(f"{folder}: there is no plan in it to check")
        certificate = recompute(instance, plan)
        looks = [verified_again(instance, plan, certify=certify, time_limit_s=time_limit_s)]
        if second:
            looks.append(seen_by_another(instance, plan, time_limit_s))
        for look in looks:
            certificate = look.added_to(certificate)
        if as_json:
            say_object(certificate.model_dump())
        else:
            tell_certificate(certificate)
            for look in looks:
                say(look.text)
    end(Ending.DONE if certificate.ok else Ending.FAILED)


def export(  # noqa: PLR0913 - one parameter for each option
    path: Annotated[
        Path, typer.Argument(metavar="SOURCE", help="An instance (--mps) or a plan (--csv).")
    ],
    mps: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write an instance's first step as free-format MPS."),
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write a saved plan's tables as CSV.")
    ] = None,
    sets: Sets = None,
    fix_in: FixIn = None,
    fix_out: FixOut = None,
    budget: Budget = None,
    shocks: Shocks = None,
    failures: Failures = None,
) -> None:
    """Write an instance as MPS, or the tables of a plan as CSV.

    The optimum of the MPS file, whatever solves it, is the objective of the first step. No file
    holds the cone of an HHI cap: such an instance is solved for it, and the file's first lines
    say between which bound and which value its optimum lies. Where an instance maximises, the
    file minimises and its optimum is the objective's negative.
    """
    with plain_errors():
        if (mps is None) == (csv is None):
            refuse("export wants either --mps FILE or --csv DIR")
        changes = Changes(sets, fix_in, fix_out, budget, shocks, failures)
        if mps is not None:
            from optimizer.solving.export import export_mps
            from optimizer.system.files import try_place

            try_place(mps)
            export_mps(changed_instance(path, changes), mps)
        if csv is not None:
            from optimizer.plan.files import export_tables, load_plan

            refuse_file_name(csv, "--csv")
            if changes.any:
                refuse(f"{OPTIONS} change an instance, not a plan")
            export_tables(load_plan(path), csv)


def same_instance(plan: "Plan", instance: "Instance") -> None:
    """Refuse an instance that is not the plan's."""
    if plan.instance_hash != instance.content_hash:
        refuse(
            f"the plan was made for another instance: {plan.instance_id} "
            f"{plan.instance_hash[:16]}…, this is {instance.settings.id} "
            f"{instance.content_hash[:16]}…; was it changed, or solved with --set or --fix?"
        )


def tell_certificate(certificate: "Certificate") -> None:
    """Say what the checker found; violations one by one on standard error."""
    for found in certificate.violations:
        complain(f"rule {found.rule}, {found.where}: {found.amount:.3g}")
    count = len(certificate.violations)
    verdict = "ok" if certificate.ok else f"{count} violation{'s' * (count != 1)}"
    say(
        f"{verdict}: {len(certificate.rules_checked)} rules and figures recomputed; "
        f"largest deviation {certificate.worst_violation:.1g}"
    )
    for remark in certificate.remarks:
        say(remark)

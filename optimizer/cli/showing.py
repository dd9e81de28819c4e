"""A plan on standard output: the report, or one JSON object."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from optimizer.cli.outcomes import say, say_object

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Plan
    from optimizer.presentation.report import Page


def say_plan(plan: Plan, instance: Instance | None, *, as_json: bool) -> None:
    """Print the report of a plan; with colours where a person reads it."""
    if as_json:
        say_object(object_of(plan))
        return
    from optimizer.presentation.report import report

    say_page(report(plan, instance))


def say_firmness(plan: Plan, *, as_json: bool) -> None:
    """Print how firm a plan is."""
    if as_json:
        stated = plan.proof
        cases = [one.model_dump() for one in stated.firm]
        say_object({"instance": plan.instance_id, "worth": stated.worth, "firm": cases})
        return
    from optimizer.presentation.report import firmness

    say_page(firmness(plan))


def say_page(page: Page) -> None:
    """Print a page; with colours where a person reads it."""
    from optimizer.presentation.report import plain, print_page

    if sys.stdout.isatty():
        from rich.console import Console

        print_page(page, Console())
    else:
        say(plain(page, asked_width()))


def asked_width() -> int | None:
    """Columns that the environment asks for; None where it does not, as in a file."""
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdecimal() and int(columns) > 0 else None


def object_of(plan: Plan) -> dict[str, Any]:
    """A plan as plain values: proof, criteria, choice, certificate and how it came about."""
    chosen = [{"project": project, "year": year} for project, year in plan.chosen]
    certificate = plan.certificate.model_dump() if plan.certificate else None
    return {
        "instance": plan.instance_id,
        "instance_hash": plan.instance_hash,
        **plan.proof.model_dump(),
        "criteria": plan.criteria,
        "criteria_without_fund": plan.without_fund,
        "chosen": chosen,
        "certificate": certificate,
        "options": plan.options.model_dump(),
        "versions": plan.versions,
    }

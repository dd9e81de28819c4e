"""Failures: who can fail, and whether the scenarios let projects fail as often as they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.instance.failure import is_drawn, may_fail
from optimizer.instance.validation.findings import (
    Draft,
    Finding,
    Rule,
    error,
    table_error,
    warning,
)
from optimizer.instance.validation.words import number_text

if TYPE_CHECKING:
    from collections.abc import Iterator

FAR = 0.05
"""Difference between two frequencies of failure that is told. `failures` stays within 1/draws."""


def places(draft: Draft) -> Iterator[Finding]:
    """Only what is not there yet can fail, not in the nominal scenario, and not late as well."""
    nominal = {row.id for row in draft.instance.scenarios if row.nominal}
    late = {(row.scenario, row.project) for row in draft.instance.delays}
    for row in draft.instance.failures:
        if row.scenario in nominal:
            yield error(row, "scenario", "the nominal scenario is the one without failures")
        project = draft.projects.get(row.project)
        if project is not None and not may_fail(project):
            yield error(row, "project", f"'{row.project}' runs already and cannot fail")
        if (row.scenario, row.project) in late:
            message = f"'{row.project}' is late in '{row.scenario}': what fails never comes"
            yield error(row, "project", f"{message}; take one of the two rows out")


def unheeded(draft: Draft) -> Iterator[Finding]:
    """Failures that the settings leave aside, and chances of what runs already."""
    if draft.instance.settings.failure == "ignored":
        for row in draft.instance.failures:
            yield warning(row, "project", "counts for nothing: settings.failure is ignored")
    for project in draft.instance.projects:
        if not may_fail(project) and project.success_probability < 1:
            message = f"{project.success_probability:g} counts for nothing: it runs already"
            yield warning(project, "success_probability", message)


def frequencies(draft: Draft) -> Iterator[Finding]:
    """Where failures are drawn, projects fail in the scenarios as often as they are said to."""
    instance = draft.instance
    risky = [row for row in instance.projects if may_fail(row) and row.success_probability < 1]
    if instance.settings.failure != "drawn" or not risky:
        return
    drawn = {
        row.id: row.probability for row in instance.scenarios if is_drawn(instance.settings, row)
    }
    total = sum(drawn.values())
    if not total:
        message = (
            "is drawn, and nothing is: every scenario is nominal, to be survived or without "
            "probability, and counts as expected; make scenarios with `failures`"
        )
        yield Finding("settings", None, "failure", message, "warning")
        return
    if not instance.failures:
        message = (
            "is empty though settings.failure is drawn, so that all projects would be certain: "
            "make scenarios with `failures`, or set settings.failure to expected"
        )
        yield table_error("failures", "", message)
        return
    failing: dict[str, float] = {}
    for failure in instance.failures:
        weight = drawn.get(failure.scenario, 0.0) / total
        failing[failure.project] = failing.get(failure.project, 0.0) + weight
    for row in instance.projects:
        chance = 1.0 - row.success_probability if may_fail(row) else 0.0
        often = failing.get(row.id, 0.0)
        if abs(often - chance) > FAR:
            message = (
                f"{row.success_probability:g} says that it fails with {number_text(chance)}, and "
                f"in the scenarios it fails with {number_text(often)}: draw more of them, or "
                f"correct either"
            )
            yield warning(row, "success_probability", message)


RULES = (
    Rule(places, ("scenarios", "delays")),
    Rule(unheeded, ("settings",)),
    Rule(frequencies, ("settings", "scenarios", "projects", "failures")),
)

"""Failure: what part of what a project brings counts, in all and in each scenario (rule 9).

Enters: an instance. Leaves: shares of a project, from its success probability, the setting
`failure` and the table `failures`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.instance.records import Project, Scenario
    from optimizer.instance.settings import Settings


def may_fail(project: Project) -> bool:
    """Whether it is still open if a project comes online: what runs already has."""
    return project.status == "candidate" or (
        project.status == "committed" and project.online_year is not None
    )


def success(settings: Settings, project: Project) -> float:
    """Probability π with which a project counts: 1 where failure is ignored."""
    if settings.failure == "ignored" or not may_fail(project):
        return 1.0
    return project.success_probability


def is_drawn(settings: Settings, scenario: Scenario) -> bool:
    """Whether a scenario says of every project if it fails.

    Those in which policies are judged, and those without probability, stand for no draw.
    """
    weighed = scenario.probability > 0 and not scenario.nominal and not scenario.must_survive
    return settings.failure == "drawn" and weighed


def failing(instance: Instance) -> frozenset[tuple[str, str]]:
    """Scenario and project of every failure that counts: none where failure is ignored."""
    if instance.settings.failure == "ignored":
        return frozenset()
    return frozenset((row.scenario, row.project) for row in instance.failures)


def performing(
    settings: Settings,
    scenario: Scenario,
    project: Project,
    failures: frozenset[tuple[str, str]],
) -> float:
    """Share of what a project brings online that counts in a scenario.

    0 where it fails; 1 where the scenario is a draw in which it does not; else π.

    Args:
        settings: with how failure counts.
        scenario: any scenario.
        project: any project.
        failures: those that count, by `failing`.
    """
    if (scenario.id, project.id) in failures:
        return 0.0
    return 1.0 if is_drawn(settings, scenario) else success(settings, project)

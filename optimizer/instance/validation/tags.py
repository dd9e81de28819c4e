"""Which projects a policy counts, and which it bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optimizer.instance.records import Policy, Project
    from optimizer.instance.validation.findings import Draft


def has_tag(draft: Draft, row: Policy, project: Project) -> bool:
    """Whether a policy's tag takes in a project (the tag `instrument` takes in every one)."""
    country = draft.countries[project.country]
    if row.tag in ("all", "instrument"):
        return True
    if row.tag in ("inside", "outside"):
        return country.alliance == (row.tag == "inside")
    if row.tag == "governance_below":
        return country.governance is None or country.governance < float(row.tag_value)
    material = draft.materials.get(project.main_material or "")
    values = {
        "country": project.country,
        "bloc": country.bloc,
        "owner": project.owner,
        "kind": project.kind,
        "stage": material.stage if material else None,
        "material": project.main_material,
    }
    return values[row.tag] == row.tag_value


def barred(draft: Draft, project: Project) -> str:
    """Why no fund may start a candidate: a floor of rules 6 or 8; empty if it may.

    An unknown score or share counts as 0.
    """
    for row in draft.instance.policies:
        if not row.enabled or not row.excludes or not has_tag(draft, row, project):
            continue
        if row.kind == "esg_floor":
            name, value = f"{row.score}_score", getattr(project, f"{row.score}_score")
        else:
            name, value = "host_benefit_share", project.host_benefit_share
        if (value or 0.0) < row.value:
            known = "unknown and counts as 0" if value is None else f"{value:g}"
            return f"policy '{row.id}' asks for {row.value:g}, and its {name} is {known}"
    return ""

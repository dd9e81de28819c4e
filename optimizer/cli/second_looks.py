"""Second looks at the bound of a saved plan: verified anew, and by another solver."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from optimizer.cli.progress import ProgressLine
from optimizer.highs.process import Stop

if TYPE_CHECKING:
    from optimizer.instance import Instance
    from optimizer.plan import Certificate, Plan, Violation


@dataclass(frozen=True)
class Look:
    """What a second look at a bound has found."""

    text: str
    violations: tuple[Violation, ...]
    stated: dict[str, Any] = field(default_factory=dict)
    """Fields of the certificate that it says anew."""

    def added_to(self, certificate: Certificate) -> Certificate:
        """The certificate with what this look has found."""
        return certificate.replaced(**self.stated).refused(self.violations)


def verified_again(instance: Instance, plan: Plan, *, certify: bool, time_limit_s: float) -> Look:
    """Verify the bound by weak duality, from a relaxation that is solved again."""
    from optimizer.solving.recheck import recheck_bound

    options = plan.options.replaced(certify=certify, time_limit_s=time_limit_s)
    with ProgressLine(maximise=instance.settings.objective.sense == "maximise") as line:
        found = recheck_bound(instance, plan, options, line.tell)
    stated = {"verified_bound": found.bound, "verified_leaves": found.leaves}
    if found.bound is None:
        text = "bound: nothing could be verified, because the relaxation did not end in time"
        return Look(text, found.violations, stated)
    text = f"bound: no plan is better than {found.bound:,.6g}, {_how(found.leaves)}"
    certificate = plan.certificate
    if certificate is None or certificate.verified_bound is None:
        text += "; the plan's certificate states none"
    elif not found.is_repeated and not found.violations:
        text += (
            f"; the certificate states {certificate.verified_bound:,.6g}, "
            f"{_how(certificate.verified_leaves)}: --certify repeats that"
        )
    return Look(text, found.violations, stated)


def seen_by_another(instance: Instance, plan: Plan, time_limit_s: float) -> Look:
    """Let another solver prove it, and compare."""
    from optimizer.solving.second_opinion import second_opinion

    compared = second_opinion(instance, plan, time_limit_s, Stop())
    said = compared.opinion
    value = "no plan" if said.value is None else f"a plan of {said.value:,.6g}"
    bound = "nothing proven" if said.bound is None else f"none better than {said.bound:,.6g}"
    verdict = "contradicts the plan" if compared.violations else "nothing that contradicts the plan"
    return Look(f"{said.solver}: {value}, {bound}; {verdict}", compared.violations)


def _how(leaves: int) -> str:
    way = "by its relaxation" if leaves == 1 else f"in {leaves:,} parts"
    return f"verified {way} without the solver's word"

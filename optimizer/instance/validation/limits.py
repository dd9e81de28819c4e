"""Policies as bounds on what is chosen: counts, scores, attributes, mandates, criteria.

An instance enters; totals leave. Where a policy bounds money, of which the choice decides only a
part, its total is what the choice makes certain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.instance.validation.finance import admitted
from optimizer.instance.validation.money import Money
from optimizer.instance.validation.tags import has_tag
from optimizer.instance.validation.totals import Total
from optimizer.vocabulary.instruments import PAID_BY_THE_FUND, PAID_BY_TREASURIES, PROMISED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from optimizer.instance.records import Policy, Project
    from optimizer.instance.validation.selection import Selection

PRIVATE = "private_capital"


class Limits:
    """The policies of a valid instance, read against its candidates."""

    def __init__(self, selection: Selection) -> None:
        """Take what is known of the choice so far."""
        self.selection = selection
        self.draft = selection.draft
        self.instance = self.draft.instance
        self.money = Money(self.instance)
        self.rows = [row for row in self.instance.policies if row.enabled]

    def totals(self) -> Iterator[Total]:
        """The bounds of every policy that counts what is chosen."""
        for row in self.rows:
            if row.kind == "project_count":
                yield self._total(row, "projects", row.value, lambda _: 1.0)
            elif row.kind in ("attribute_sum", "attribute_mean"):
                yield self._attributes(row)
            elif row.kind in ("esg_shortfall", "esg_mean", "uncertified_share"):
                yield self._scores(row)
            elif row.kind == "money_share":
                yield self._mandate(row)
            elif row.kind == "criterion_bound":
                yield from self._criterion(row)

    def purse(self) -> Iterator[Total]:
        """What all starts take of the fund's cash by each year, in present value (rule 4).

        Nothing where a price floor may earn money: then no figure bounds what can be paid.
        """
        if not self.instance.members or self.money.earns_by_contract:
            return
        held = self.money.held()
        needs = {
            p: self.money.needs(project, *self.selection.windows[p])
            for p, project in self.selection.candidates.items()
            if project.capex_musd > 0 and p not in self.selection.cannot
        }
        for year in self.money.years:
            weights = {p: need[year] for p, need in needs.items() if need[year]}
            what = f"MUSD (present value) of the fund's cash by {year}"
            row = self.instance.members[0]
            yield Total(row, "opening_cash_musd", what, "most", held[year], weights)

    def _total(
        self, row: Policy, what: str, bound: float, weight: Callable[[Project], float]
    ) -> Total:
        """A total over the candidates with the row's tag."""
        weights = {
            p: weight(project)
            for p, project in self.selection.candidates.items()
            if has_tag(self.draft, row, project)
        }
        return Total(row, "value", what, row.sense, bound, weights)

    def _attributes(self, row: Policy) -> Total:
        """attribute_sum: Σ attribute · chosen; attribute_mean: Σ capex · (attribute − value)."""
        values = {
            x.project: x.value for x in self.instance.attributes if x.attribute == row.attribute
        }
        if row.kind == "attribute_sum":
            what = f"of the attribute {row.attribute}"
            return self._total(row, what, row.value, lambda p: values.get(p.id, 0.0))
        what = f"of MUSD times {row.attribute} beyond the mean"
        return self._total(
            row, what, 0.0, lambda p: p.capex_musd * (values.get(p.id, 0.0) - row.value)
        )

    def _scores(self, row: Policy) -> Total:
        """Rule 8: missing points and uncertified capital at most, the mean at least."""

        def score(project: Project) -> float:
            return getattr(project, f"{row.score}_score", None) or 0.0

        if row.kind == "esg_mean":
            what = f"of MUSD times points of {row.score} beyond the mean"
            found = self._total(row, what, 0.0, lambda p: p.capex_musd * (score(p) - row.value))
            return found._replace(sense="least")
        bound = row.value * self.money.budget(row)
        if row.kind == "uncertified_share":
            what = "MUSD in what is not certified"
            return self._total(row, what, bound, lambda p: 0.0 if p.certified else p.capex_musd)
        target = row.target or 0.0
        what = "MUSD times missing points"
        return self._total(row, what, bound, lambda p: max(0.0, target - score(p)) * p.capex_musd)

    def _mandate(self, row: Policy) -> Total:
        """money_share: what starts make certain at most, what they can carry at least."""
        years = self.money.years_of(row)
        weight = self._carried if row.sense == "least" else self._taken
        bound = row.value * self.money.budget(row)
        return self._total(row, "MUSD (present value)", bound, lambda p: weight(row, p, years))

    def _carried(self, row: Policy, project: Project, years: range) -> float:
        """Most that may be committed to a start and counts, in present value."""
        first, last = self.selection.windows[project.id]
        worth = [self.money.delta(t) for t in range(first, last + 1) if t in years]
        named = row.tag == "instrument"
        share = sum(
            money.largest_share
            for money in admitted(self.draft, project)
            if (money.id == row.tag_value if named else money.kind in PAID_BY_THE_FUND)
            and (money.kind not in PAID_BY_TREASURIES or self._grants(row.member, project))
        )
        return project.capex_musd * min(1.0, share) * max(worth, default=0.0)

    def _grants(self, member: str | None, project: Project) -> bool:
        """Whether a member, or any, stands for the project's country."""
        return any(
            project.country in row.countries
            for row in self.instance.members
            if member in (None, row.id)
        )

    def _taken(self, row: Policy, project: Project, years: range) -> float:
        """Least that a start commits and counts, in present value."""
        first, last = self.selection.windows[project.id]
        others = row.member is not None and len(self.instance.members) > 1
        if row.tag == "instrument" or others or not range(first, last + 1):
            return 0.0
        worth = (self.money.delta(t) if t in years else 0.0 for t in range(first, last + 1))
        return project.capex_musd * self.money.shares(project).cash_least * min(worth)

    def _criterion(self, row: Policy) -> Iterator[Total]:
        """criterion_bound: scores exactly, capital by what the choice makes certain."""
        name = row.criterion or ""
        if name == "strategic_value":
            yield self._total(row, f"of {name}", row.value, lambda p: p.strategic_value)
        elif name.startswith("attribute."):
            values = {
                x.project: x.value
                for x in self.instance.attributes
                if f"attribute.{x.attribute}" == name
            }
            yield self._total(row, f"of {name}", row.value, lambda p: values.get(p.id, 0.0))
        elif name == "public_capital":
            least, shares = row.sense == "least", self.money.shares

            def public(project: Project) -> float:
                found = shares(project)
                return project.capex_musd * (found.public_most if least else found.public_least)

            yield self._total(row, f"MUSD of {name}", row.value, public)
        elif name in (PRIVATE, "guaranteed", "treasury_cost") and row.sense == "least":
            yield self._at_most(row, name)

    def _at_most(self, row: Policy, name: str) -> Total:
        """Capital that is no more than what is built costs."""
        alone = sum(self.selection.candidates[p].capex_musd for p in self.selection.alone)
        what = f"MUSD of {name}"
        kinds = {"guaranteed": PROMISED, "treasury_cost": PAID_BY_TREASURIES}.get(name)
        grown = max(1.0, self.money.delta(self.money.years[0]))

        def most(project: Project) -> float:
            if kinds is None:
                return 0.0 if project.id in self.selection.alone else project.capex_musd
            rows = [x for x in admitted(self.draft, project) if x.kind in kinds]
            return project.capex_musd * sum(x.largest_share for x in rows) * grown

        found = self._total(row, what, row.value, most)
        return found._replace(fixed=alone if name == PRIVATE else 0.0)

"""The fund's money: contributions in currencies, members' countries, terms of instruments."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optimizer.instance.validation.findings import Draft, Finding, Rule, error, warning
from optimizer.instance.validation.shares import ROUNDED
from optimizer.instance.validation.words import suggestion
from optimizer.vocabulary.instruments import PAID_BY_TREASURIES, USED_BY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.instance.records import Contribution


def worth_musd(draft: Draft, row: Contribution) -> float | None:
    """What a contribution is worth in M$ of the base year; None where that cannot be told."""
    if row.amount_million is None:
        return row.amount_musd
    for rate in draft.instance.exchange_rates:
        if (rate.currency, rate.year) == (row.currency, row.year):
            return row.amount_million * rate.usd_per_unit / (rate.price_level if row.nominal else 1)
    return None


def amounts(draft: Draft) -> Iterator[Finding]:
    """A contribution has one amount: in real USD, or in a currency."""
    for row in draft.instance.contributions:
        foreign = row.amount_million is not None
        if row.amount_musd is None and not foreign:
            message = "has no amount: fill amount_musd, or amount_million and currency"
            yield error(row, "amount_musd", message)
        elif row.amount_musd is not None and foreign:
            yield error(row, "amount_million", "has two amounts: leave this or amount_musd empty")
        if foreign and not row.currency:
            yield error(row, "currency", "amount_million needs a currency")
        elif row.currency and not foreign:
            message = f"'{row.currency}' goes with amount_million; amount_musd is in real USD"
            yield error(row, "currency", message)
        if row.nominal and not foreign:
            message = "goes with amount_million; amount_musd is in prices of the base year"
            yield error(row, "nominal", message)


def rates(draft: Draft) -> Iterator[Finding]:
    """Each currency that is used has a rate in its year, and each rate is used."""
    have = {(row.currency, row.year) for row in draft.instance.exchange_rates}
    used = {
        (row.currency, row.year): row
        for row in draft.instance.contributions
        if row.amount_million is not None and row.currency
    }
    known = {currency for currency, _ in have}
    for row in draft.instance.contributions:
        key = (row.currency, row.year)
        if key in used and key not in have:
            hint = "" if row.currency in known else suggestion(row.currency, known)
            message = f"exchange_rates has no row for {row.currency} in {row.year}{hint}"
            yield error(row, "currency", message)
    for rate in draft.instance.exchange_rates:
        if (rate.currency, rate.year) not in used:
            message = f"no contribution is in {rate.currency} in {rate.year}"
            yield warning(rate, "currency", message)


def treasuries(draft: Draft) -> Iterator[Finding]:
    """Each country has one member that stands for it, and tax credits have some such member."""
    owner: dict[str, str] = {}
    for row in draft.instance.members:
        for country in row.countries:
            if country in owner:
                message = f"'{country}' is listed already, for '{owner[country]}'"
                yield error(row, "countries", message)
            owner.setdefault(country, row.id)
    hosts = {row.country for row in draft.instance.projects if row.status == "candidate"}
    for money in draft.instance.instruments:
        if money.kind in PAID_BY_TREASURIES and not hosts & owner.keys():
            message = "no member lists the country of a candidate: nobody can grant it"
            yield warning(money, "kind", message)


def terms(draft: Draft) -> Iterator[Finding]:
    """Terms fit the kind: a loan is repaid, a guarantee can be called while it lasts."""
    for row in draft.instance.instruments:
        for name, kinds in USED_BY.items():
            default = type(row).model_fields[name].default
            if row.kind not in kinds and getattr(row, name) != default:
                message = f"a {row.kind} does not use it; a {' or '.join(kinds)} does"
                yield warning(row, name, message)
        if row.kind == "loan" and row.tenor_years == 0:
            message = (
                "is 0 or empty, and a loan is repaid in at least one year: what is not is a grant"
            )
            yield error(row, "tenor_years", message)
        if row.kind != "guarantee":
            continue
        if row.grace_years >= row.tenor_years:
            message = (
                f"a failed project calls it {row.grace_years} years after the start, when a "
                f"guarantee of {row.tenor_years} years has ended"
            )
            yield error(row, "grace_years", message)
        if row.mobilisation == 0:
            yield warning(row, "mobilisation", "is 0: the guarantee draws in no private money")


def idle_headroom(draft: Draft) -> Iterator[Finding]:
    """Headroom for guarantees that nobody can give."""
    if any(row.kind == "guarantee" for row in draft.instance.instruments):
        return
    for row in draft.instance.members:
        if row.guarantee_headroom_musd is not None:
            message = "is not used: no instrument is a guarantee"
            yield warning(row, "guarantee_headroom_musd", message)


def returns(draft: Draft) -> Iterator[Finding]:
    """No more than all of a project benefits members, and a juste retour has something to count."""
    total: dict[str, float] = defaultdict(float)
    for row in draft.instance.benefits:
        before = total[row.project]
        total[row.project] += row.share
        if before <= 1 + ROUNDED < total[row.project]:
            message = f"with those of other members makes {total[row.project]:g}, more than all"
            yield error(row, "share", message)
    served = {row.member for row in draft.instance.benefits if row.share > 0}
    for policy in draft.instance.policies:
        if policy.kind == "juste_retour" and policy.member and policy.member not in served:
            message = f"no project benefits '{policy.member}': it may pay nothing (benefits)"
            yield warning(policy, "member", message)


RULES = (
    Rule(amounts),
    Rule(rates, ("contributions", "exchange_rates")),
    Rule(treasuries, ("members", "projects")),
    Rule(terms),
    Rule(idle_headroom, ("instruments",)),
    Rule(returns, ("benefits",)),
)

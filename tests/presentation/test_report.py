"""The report: what it says of a plan, and how it is laid out."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from optimizer.checker import policy_rows
from optimizer.instance.formats.reader import load
from optimizer.plan import Proof, Violation
from optimizer.plan.legend import legend_of
from optimizer.presentation.report import plain, print_page, report
from optimizer.presentation.report.policies import said_of
from optimizer.presentation.report.words import amount, money, percent, year_ranges
from optimizer.solving.solve import solve
from tests.support.commands import TINY
from tests.support.factories import instance, policy, project
from tests.support.hand_finance import finance_instance, finance_plan
from tests.support.small_plans import plan as small_plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.instance import Instance
    from optimizer.plan import Plan


@cache
def tiny() -> tuple[Plan, Instance]:
    """The tiny instance and its plan, argued in instances/tiny/README.md."""
    world = load(TINY)
    return solve(world), world


@cache
def guaranteed() -> tuple[Plan, Instance]:
    """The plan of `hand_finance`, with guarantees, tax credits and contracts, as if just solved."""
    plan, world = finance_plan(), finance_instance()
    legend = legend_of(world, set(plan.tables.choice["project"]))
    return replace(plan, legend=legend, policies=policy_rows(world, plan)), world


def text_of(plan: Plan, world: Instance | None = None) -> str:
    """The plain report in one line, so that sentences are found wherever they break."""
    return " ".join(plain(report(plan, world)).split())


def with_proof(**proof: Any) -> str:
    """The report of tiny's plan with something else proved of it."""
    plan, world = tiny()
    return text_of(replace(plan, proof=plan.proof.replaced(**proof)), world)


def test_the_decision_and_its_money() -> None:
    """Works costs 27, of which 13.5 by loan, 6.5 by grant, 7 private; see its README."""
    plan, world = tiny()
    text = plain(report(plan, world))

    assert "The fund finances 3 of 4 candidates. Building costs 54.0 M$: 45.4 M$ from" in text_of(
        plan, world
    )
    works = next(line.split() for line in text.splitlines() if " works " in line)
    assert works == ["2026", "works", "Works", "AUS", "oxide", "0.75", "27.0", "6.5", "13.5", "7.0"]


def test_promises_and_contracts_in_the_report() -> None:
    """The plan of `hand_finance`: 65 granted, 15 of tax credit, 60 private, of which 20 guaranteed.
    au receives 1 + 0.8 · 1 of fees; it is called for 0.8 · 2 and pays 0.6 of 4 + 0.8 · 4.5 + 0.64 ·
    4.75 of floors until 2032, 8 in all; de pays 0.4 of them."""
    plan, world = finance_plan(), finance_instance()
    text = text_of(replace(plan, policies=policy_rows(world, plan)), world)

    assert (
        "65.0 M$ from the fund, 15.0 M$ of tax credits and 60.0 M$ of private money, of which "
        "20.0 M$ are guaranteed. Contracts signed: home_floor (price floor of works) 2030, "
        "far_floor (price floor of smelter) 2031." in text
    )
    assert "cost credit grant private (shield)" in text
    assert "100 15 25 60 20" in text
    assert "au 145 2 23 8 16 % 40 % 60 % 116" in text
    assert "de 72 – 34 4 47 % 60 % 40 % 34" in text
    assert "Expected back until the last year: 1.80 M$ of fees." in text
    bare = text_of(plan)
    assert "Contracts signed: home_floor 2030, far_floor 2031." in bare


def test_what_comes_back_is_named() -> None:
    """Works borrows 13.5 in 2026, half of which is back in 2027 if it performs: 13.5 / 2 · 0.8 at a
    discount factor of 0.8 are 4.32. What is lent in 2027 comes back after the last year."""
    plan, world = tiny()

    text = text_of(plan, world)
    assert "Expected back until the last year: 4.32 M$ of repayments." in text


def test_juste_retour_in_words() -> None:
    row = policy("fair", "juste_retour", 0.8, sense="least", member="de")

    assert said_of(row) == "de's firms get at least 80 % of what it pays"


def test_the_proof_in_words() -> None:
    plan, world = tiny()

    assert "Its cost is 44.8 M$, and no plan is better." in text_of(plan, world)
    worth = "It is worth 19.7 M$ (policy penalties of 0.08 M$ left out): doing nothing costs 64.4"
    assert worth in text_of(plan, world)
    assert "rules and figures recomputed from instance and plan without the model" in text_of(plan)


def test_a_gap_is_told_in_money_in_cost_and_in_worth() -> None:
    text = with_proof(bound=44.0, gap=0.768 / 44.768, gap_against_doing_nothing=0.768 / 19.712)

    assert "No plan can be more than 0.77 M$ better: 1.7 % of the cost, 3.9 % of what" in text


def test_what_is_not_known_is_said() -> None:
    text = with_proof(status="feasible", stopped_by="time_limit", bound=None, gap=None)

    assert "How far the best plan is from it is not known" in text
    assert "ended by the time limit before it reached the gap asked for" in text


def test_a_small_worth_is_flagged_and_no_worth_is_said() -> None:
    assert "small against the whole market" in with_proof(worth=2.0)
    assert "small against the whole market" not in with_proof(worth=3.0)
    assert "worth no more than doing nothing" in with_proof(worth=-1.0)


def test_the_checker_has_the_last_word() -> None:
    plan, world = tiny()
    assert plan.certificate is not None
    broken = Violation(rule="3 capital", where="works 2026", amount=0.25)
    refused = plan.certificate.replaced(ok=False, violations=(broken,))

    text = text_of(replace(plan, certificate=refused), world)
    assert "REFUSED BY THE CHECKER: 1 violation, the largest of rule 3 capital, works 2026" in text
    assert "NOT CHECKED" in text_of(replace(plan, certificate=None), world)


def test_members_pay_by_the_key() -> None:
    """Of 20 a year Alba brings 12, so 12 + 12 · 0.8 = 21.6 in present value."""
    plan, world = tiny()
    alba = next(line.split() for line in plain(report(plan, world)).splitlines() if "Alba" in line)

    assert alba == ["Alba", "21.6", "2.6", "24.2", "112", "%", "60", "%", "60", "%", "–"]


def test_supply_and_shortage() -> None:
    """China supplies all oxide in 2026 and 0.1 of 1 kt in 2027; the embargo leaves 0.1 kt unmet."""
    plan, world = tiny()
    text = text_of(plan, world)

    assert "Rare earth oxide 1.00 → 1.00 0 % → 90 % CHN 100 % AUS 90 %" in text
    assert "No oxide from China in 2027 50 % 0.10 10 % in 2027 2.40" in text
    assert "No shortage: No shock." in text


def test_policies_that_are_missed_or_bind_are_named() -> None:
    plan, world = tiny()

    assert "china-cap CHN supplies at most 5 % of REE processing missed 2027" in text_of(
        plan, world
    )


def test_what_it_rests_on() -> None:
    plan, world = tiny()
    text = text_of(plan, world)

    assert "figures of the instance (100 %) are assumed" in text
    assert "The alliance is a price-taker" in text
    assert plan.instance_hash[:16] in text


def section(text: str, title: str) -> str:
    """One section of a plain report."""
    return text.partition(f"\n{title}\n")[2].partition("\n\n")[0]


@pytest.mark.parametrize("case", [tiny, guaranteed], ids=["tiny", "guaranteed"])
def test_a_plan_says_the_same_of_itself_without_its_instance(
    case: Callable[[], tuple[Plan, Instance]],
) -> None:
    """Kinds, names and units come with the plan: guarantees are not added to building costs."""
    plan, world = case()
    alone, beside = plain(report(plan)), plain(report(plan, world))

    for title in ("DECISION", "PROOF", "POLICIES"):
        assert section(alone, title) == section(beside, title)
    assert alone.splitlines()[0] == beside.splitlines()[0]
    assert "are assumed" in alone
    assert "SHORTAGE" not in alone


def test_a_plan_of_an_earlier_version_does_not_guess_what_building_costs() -> None:
    plan = finance_plan()
    assert plan.legend is None
    bare = text_of(plan)

    assert "Building costs" not in bare
    assert "start project credit grant shield private" in bare
    assert "Its objective is" in bare
    assert "M$. No plan" not in bare
    assert "name its instance" in bare
    assert "Building costs 140 M$" in text_of(*guaranteed())


@pytest.mark.parametrize(
    ("proof", "message"),
    [
        (Proof(status="infeasible", stopped_by="infeasible"), "No plan satisfies all the rules"),
        (Proof(status="unknown", stopped_by="time_limit"), "found before the time limit"),
        (Proof(status="unknown", stopped_by="interrupt"), "found before your interruption"),
    ],
)
def test_no_plan_is_a_result_too(proof: Proof, message: str) -> None:
    plan, world = tiny()

    text = text_of(replace(plan, proof=proof), world)

    assert message in text
    assert "DECISION" not in text


def test_a_plan_that_finances_nothing() -> None:
    """Salar goes ahead alone; the fund does nothing, and the empty tables are left out."""
    world = instance(project("salar", goes_ahead_alone=2030, private_appetite=1.0))
    plan = small_plan(world, choice=[("salar", 2030, True)], private=[("salar", 2030, 100.0)])

    text = text_of(plan, world)

    assert "The fund finances nothing. Without the fund start: salar 2030." in text
    assert "POLICIES" not in text


def test_an_objective_in_other_units_is_not_called_money() -> None:
    objective = {"sense": "maximise", "weights": {"strategic_value": 1.0}}
    world = instance(project("salar"), settings={"objective": objective})

    text = text_of(small_plan(world), world)

    assert "Its objective is 0 points." in text


def test_the_screen_and_the_file_say_the_same() -> None:
    plan, world = tiny()
    page = report(plan, world)
    screen = io.StringIO()
    print_page(page, Console(file=screen, width=160))

    assert screen.getvalue().lower().split() == plain(page).lower().split()


def test_lines_of_sentences_are_short() -> None:
    plan, world = tiny()

    assert all(len(line) <= 110 for line in plain(report(plan, world)).splitlines())


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (
            policy("a", "money_share", 0.3, sense="least", tag="country", tag_value="IND",
                   member="in"),
            "at least 30 % of in's budget to country IND",
        ),
        (
            policy("a", "money_share", 0.4, tag="instrument", tag_value="grant"),
            "at most 40 % of the fund's budget as grant",
        ),
        (policy("a", "money_share", 0.9), "at most 90 % of the fund's budget"),
        (
            policy("a", "project_count", 8, tag="outside"),
            "at most 8 projects: plants outside the alliance",
        ),
        (
            policy("a", "country_share", 0.9, final_value=0.35, glide_until=2035, country="CHN",
                   element="Nd", stage="metal"),
            "CHN supplies at most 90 % → 35 % in 2035 of Nd metal",
        ),
        (
            policy("a", "stage_share", 0.1, sense="least", element="Nd", stage="metal", tag="bloc",
                   tag_value="quad"),
            "capacity at least 10 % of Nd metal in bloc quad",
        ),
        (
            policy("a", "esg_shortfall", 12, score="e", target=60),
            "E points missing to 60: at most 12",
        ),
        (policy("a", "carbon_cap", 1200), "carbon in kt CO2e a year: at most 1,200"),
        (policy("a", "attribute_sum", 500, attribute="jobs"), "jobs, sum: at most 500"),
    ],
)  # fmt: skip
def test_policies_in_words(rule: Any, words: str) -> None:
    assert said_of(rule) == words


def test_numbers_in_words() -> None:
    assert [amount(x) for x in (23470.1, 99.96, 2.345, 0.001, -0.0)] == [
        "23,470", "100.0", "2.35", "0", "0",
    ]  # fmt: skip
    assert [money(x, 5000) for x in (1234.5, 0.4, -2.6)] == ["1,234", "–", "-3"]
    assert [money(x, 50) for x in (12.34, 0.04)] == ["12.3", "–"]
    assert [percent(x) for x in (0.25, 0.0999999, 0.05, 0.0018, 0.00001, 0, 0.997, 1)] == [
        "25 %", "10 %", "5.0 %", "0.18 %", "0.0010 %", "0 %", "99.7 %", "100 %",
    ]  # fmt: skip
    assert year_ranges([2031, 2027, 2028, 2029, 0]) == "2027–2029, 2031"


def test_a_plan_of_an_earlier_version_ignored_that_projects_may_fail() -> None:
    """Its legend does not say how failure counts, whatever its instance says today."""
    plan, world = tiny()
    assert plan.legend is not None
    old = replace(plan, legend=plan.legend.replaced(failure=None))
    text = text_of(old, world)

    assert "An earlier version made this plan, and ignored that projects may fail" in text
    assert "CHANCES" not in text
    assert "An earlier version" not in text_of(plan, world)


def test_the_chances_of_what_is_started_are_said_by_its_instance_alone() -> None:
    """Works comes about with 0.8, loop and pit for certain; the plan itself does not say so."""
    plan, world = tiny()

    said = "built for the kt/y above and counts by its chance in all that follows: works 80 %."
    assert f"{said} 2 are certain." in text_of(plan, world)
    assert "80 %" not in text_of(plan)

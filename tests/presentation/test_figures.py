"""The figures: what they are drawn from, their names, units and numbers; not their pixels."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from optimizer import figures
from optimizer.plan.tables import tables
from optimizer.presentation.figures.style import STAGE_COLOURS, labels, safe
from optimizer.questions.comparison import compare
from tests.support.compared_plans import instances, none, plans
from tests.support.factories import instance, project
from tests.support.hand_plans import CRITERIA, OBJECTIVE, hand_instance, hand_plan, plan_of

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from optimizer.instance import Instance
    from optimizer.plan import Plan

EVIL = "<b>Ag & Co</b> $1$"
HARMLESS = "&lt;b&gt;Ag &amp; Co&lt;/b&gt; &#36;1&#36;"


def trace(figure: go.Figure, name: str, place: int = 0) -> Any:
    """A trace by its name."""
    return [one for one in figure.data if one.name == name][place]


def drawn() -> dict[str, go.Figure]:
    """Every figure of the plans argued by hand."""
    one, two = hand_plan(), plans()["two"]
    return {
        "map": figures.plan_map(hand_instance(), one),
        "gantt": figures.gantt(hand_instance(), one),
        "supply": figures.supply_by_country(
            hand_instance(), one, two, element="Nd", stage="processing"
        ),
        "criteria": figures.criteria_side_by_side(compare(plans(), instances())),
        "money": figures.money_by_member(one),
    }


def chosen(world: Instance, **years: int) -> Plan:
    """A plan that starts some projects of a world."""
    rows = [(name.replace("_", "-"), year, False) for name, year in years.items()]
    return plan_of(tables({"choice": rows}))


def test_every_figure_has_a_title_and_units_on_its_axes() -> None:
    units = {
        "map": {"longitude (degrees east)", "latitude (degrees north)"},
        "gantt": {"year"},
        "supply": {"year", "Nd (kt per year)"},
        "criteria": {"M&#36;", "kt", "kt CO2e", "million m³", "points", "objective's unit"},
        "money": {"member", "committed (M&#36;)"},
    }
    for name, figure in drawn().items():
        axes = [*figure.select_xaxes(), *figure.select_yaxes()]
        assert figure.layout.title.text, name
        assert units[name] <= {axis.title.text for axis in axes}, name


def test_no_figure_needs_a_network() -> None:
    """Maps and tiles of Plotly's own fetch from addresses; these traces do not."""
    for figure in drawn().values():
        assert {one.type for one in figure.data} <= {"scatter", "bar"}


def test_no_text_of_a_figure_is_taken_for_a_formula() -> None:
    """Two dollar signs in one text would be."""
    for figure in drawn().values():
        for text in re.findall(r'"(?:[^"\\]|\\.)*"', figure.to_json()):
            assert text.count("$") < 2


@pytest.mark.parametrize("draw", ["plan_map", "gantt"])
def test_without_a_plan_nothing_is_chosen(draw: str) -> None:
    figure = getattr(figures, draw)(hand_instance(), none())

    assert "0 chosen" in figure.layout.title.text


def test_without_a_plan_there_is_no_money_and_no_supply() -> None:
    money = figures.money_by_member(none())
    supply = figures.supply_by_country(
        hand_instance(), none(), none(), element="Nd", stage="processing"
    )

    assert sum(sum(one.y) for one in money.data) == 0
    assert all(not [y for y in one.y if y is not None] for one in supply.data)


def test_the_map_joins_phases_and_sizes_by_cost() -> None:
    """Both phases at one place are one point of 400 M$; the mine of 100 has half its diameter."""
    here = {"latitude": -20.0, "longitude": 130.0, "kind": "refinery"}
    world = instance(
        project("one", capex_musd=300, **here),
        project("two", capex_musd=100, **here),
        project("dig", makes="ore", latitude=-30.0, longitude=120.0),
        project("old", status="operating", makes="ore", latitude=-31.0, longitude=121.0),
        project("idle", latitude=0.0, longitude=0.0),
    )

    figure = figures.plan_map(world, chosen(world, one=2030, two=2031, dig=2030))

    refinery, mine = trace(figure, "processing"), trace(figure, "extraction")
    assert (list(refinery.x), list(refinery.y)) == ([130.0], [-20.0])
    assert refinery.hovertext == ("one: 2030, 300 M&#36;<br>two: 2031, 100 M&#36;",)
    assert refinery.marker.size[0] == 2 * mine.marker.size[0]
    assert refinery.marker.color == STAGE_COLOURS["processing"]
    assert trace(figure, "existing").hovertext == ("old",)
    assert 0.0 not in [x for one in figure.data for x in one.x]


def test_the_map_says_which_places_are_not_known() -> None:
    """Hollow, side by side in the middle of Australia; and below the map where even that fails."""
    world = instance(
        project("dig", makes="ore"),
        project("cook", kind="refinery"),
        project("far", country="CYP", name=EVIL),
        countries=[
            {"id": "AUS", "zone": "home", "alliance": True},
            {"id": "CHN", "zone": "abroad"},
            {"id": "CYP", "zone": "abroad"},
        ],
    )

    figure = figures.plan_map(world, chosen(world, dig=2030, cook=2030, far=2030))

    mine, refinery = trace(figure, "extraction"), trace(figure, "processing")
    assert mine.marker.symbol == refinery.marker.symbol == ("circle-open",)
    assert mine.y == refinery.y == (-25,)
    assert abs(mine.x[0] - refinery.x[0]) > 5
    assert figure.layout.annotations[0].text == f"Not drawn, place unknown: {HARMLESS}"


def test_the_gantt_has_one_trace_of_bars_per_kind() -> None:
    """Port, refinery (a year to build) and smelter; the recycler goes ahead alone."""
    figure = figures.gantt(hand_instance(), hand_plan())

    bars = [one for one in figure.data if one.type == "bar"]
    assert [one.name for one in bars] == ["building", "output"]
    assert list(figure.layout.yaxis.ticktext) == ["refinery", "smelter", "port"]
    building, output = bars
    assert list(zip(building.base, building.x, strict=True)) == [(2030, 1), (2031, 0), (2030, 0)]
    assert list(zip(output.base, output.x, strict=True)) == [(2031, 2), (2031, 2), (2030, 3)]
    colours = [STAGE_COLOURS[stage] for stage in ("processing", "processing", "other")]
    assert list(output.marker.color) == colours
    assert {one.name for one in figure.data} == {
        "building", "output", "output: processing", "output: other",
    }  # fmt: skip


def test_the_gantt_ends_a_bar_with_the_life_of_the_plant() -> None:
    world = instance(project("dig", life_years=2, name=EVIL), years=(2030, 2035))

    figure = figures.gantt(world, chosen(world, dig=2031))

    output = trace(figure, "output")
    assert (list(output.base), list(output.x)) == ([2031], [2])
    assert list(figure.layout.yaxis.ticktext) == [HARMLESS]


def test_supply_is_stacked_by_country_before_and_after() -> None:
    """The plan: 0.625 from China in 2031, and 0.275 from Australia, which the alliance holds."""
    figure = drawn()["supply"]

    china = [one for one in figure.data if one.legendgroup == "CHN" and one.x[0] is not None]
    years = dict(zip(china[0].x, china[0].y, strict=True))
    assert years == pytest.approx({2030: 1.0, 2031: 0.625, 2032: 0.425})
    assert {one.marker.pattern.shape for one in china} == {"/"}
    australia = trace(figure, "Australia")
    assert dict(zip(australia.x, australia.y, strict=True))[2031] == pytest.approx(0.275)
    assert australia.marker.pattern.shape == ""
    assert list(trace(figure, "demand").y) == pytest.approx([1.0, 1.0, 1.0])
    assert [one.text for one in figure.layout.annotations] == ["before", "after"]


def test_supply_tells_no_more_countries_apart_than_it_has_colours() -> None:
    codes = ["CHN", "CHL", "BRA", "CAN", "KAZ", "MMR"]
    world = instance(
        countries=[
            {"id": "AUS", "zone": "home", "alliance": True},
            *({"id": code, "zone": "abroad"} for code in codes),
        ],
        suppliers=[{"id": code, "country": code, "material": "oxide"} for code in codes],
    )
    bought = [("nominal", 2030, code, 0.1 * place) for place, code in enumerate(codes, start=1)]
    plan = plan_of(tables({"operated_as": [("nominal", 2030, "nominal")], "purchases": bought}))

    figure = figures.supply_by_country(world, plan, plan, element="Nd", stage="processing")

    shown = {one.legendgroup for one in figure.data} - {"demand"}
    assert shown == {"MMR", "KAZ", "CAN", "BRA", "all others"}
    others = [one for one in figure.data if one.name == "all others" and one.x[0] is not None]
    assert list(others[0].y) == pytest.approx([0.1 + 0.2])


def test_criteria_have_a_bar_per_plan_and_the_objective_its_bound() -> None:
    figure = drawn()["criteria"]

    bars = [one for one in figure.data if one.type == "bar"]
    titles = [one.text for one in figure.layout.annotations]
    assert titles[:2] == ["objective, to its bound", "expected cost"]
    assert len(titles) == 1 + sum(value != 0 for value in CRITERIA.values())
    assert [one.name for one in bars[:3]] == ["one", "two", "none"]
    cost = CRITERIA["expected_cost"]
    assert [one.y[0] for one in bars[:3]] == [pytest.approx(cost), pytest.approx(cost - 30), None]
    assert bars[0].text == (f"{cost:,.0f}",)
    objective = figure.data[0]
    assert objective.y == (OBJECTIVE,)
    assert objective.error_y.arrayminus[0] == pytest.approx(0.5)
    assert objective.error_y.array[0] == 0


def test_criteria_that_are_nothing_in_every_plan_are_left_out() -> None:
    idle = plan_of(tables({}), {"expected_cost": 5.0, "water": 0.0})

    figure = figures.criteria_side_by_side(compare({EVIL: idle}))

    assert [one.text for one in figure.layout.annotations][1:] == ["expected cost"]
    assert figure.layout.title.subtitle.text.endswith("Not shown, 0 in every plan: water.")
    assert {one.name for one in figure.data} == {HARMLESS}


def test_money_is_stacked_by_instrument_beside_private_money() -> None:
    """The fund: us 40 lent, 30 of equity, 10 granted; jp 40 granted. Private: 60."""
    figure = figures.money_by_member(hand_plan())

    grant, loan = trace(figure, "grant"), trace(figure, "loan")
    assert list(grant.x) == ["jp", "us", "private money"]
    assert list(grant.y) == [40, 10, 0]
    assert list(loan.y) == [0, 40, 0]
    assert list(trace(figure, "private money").y) == [0, 0, 60]
    assert "120 M&#36; of public money, 60 M&#36;" in figure.layout.title.subtitle.text


def test_names_are_text_and_never_markup_or_formulas() -> None:
    assert safe(EVIL) == HARMLESS
    assert labels(["x" * 60 + " phase 1"]) == ["x" * 55 + "…"]
    assert labels(["x" * 60 + " phase 1", "x" * 60 + " phase 2"]) == [
        "x" * 37 + f"…{'x' * 10} phase {number}" for number in (1, 2)
    ]

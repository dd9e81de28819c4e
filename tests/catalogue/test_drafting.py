"""Drafting: valid instances from the catalogue, every row graded, sums right, and the command."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from optimizer.catalogue import Catalogue
from optimizer.catalogue.drafting import Request, draft
from optimizer.catalogue.drafting.assumptions import assumptions, usual
from optimizer.catalogue.drafting.basis import basis, interpolated
from optimizer.catalogue.drafting.chains import CHAINS, Chain, chosen
from optimizer.catalogue.drafting.costs import form_of, imputed, ratios
from optimizer.catalogue.drafting.outlook import output
from optimizer.cli.outcomes import Ending
from optimizer.errors import InvalidSearch
from optimizer.instance import Instance
from optimizer.instance.formats import examine, load
from optimizer.plan import Options
from optimizer.solving.solve import solve
from tests.support.commands import run

if TYPE_CHECKING:
    from optimizer.catalogue.drafting import Drafted

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "instances" / "catalogue"
ASKED = {
    "batteries": (("lithium", "cobalt"), ("JPN", "USA")),
    "chips": (("gallium", "germanium", "antimony"), ("USA", "JPN", "KOR", "EU")),
    "metals": (("graphite", "nickel", "copper", "manganese", "tungsten", "rare earths"), ("EU",)),
}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load(FOLDER)


@pytest.fixture(scope="module")
def drafts(catalogue: Catalogue) -> dict[str, Drafted]:
    return {
        name: draft(catalogue, Request(name=name, materials=materials, members=members))
        for name, (materials, members) in ASKED.items()
    }


@pytest.mark.parametrize("name", ASKED)
def test_a_draft_is_valid_and_survives_its_file(
    drafts: dict[str, Drafted], name: str, tmp_path: Path
) -> None:
    words = drafts[name].save(tmp_path / name)

    faults = examine(tmp_path / name)[1]
    assert [fault for fault in faults if fault.level == "error"] == []
    assert all("a slip of unit" in fault.message for fault in faults), faults
    assert load(tmp_path / name) == drafts[name].instance()
    assert words.name == "ASSUMPTIONS.md"


@pytest.mark.parametrize("name", ASKED)
def test_every_row_is_graded(drafts: dict[str, Drafted], name: str) -> None:
    """What is reported or derived from print names a source; what is assumed says why."""
    for table, rows in drafts[name].tables.items():
        for row in rows:
            assert row["quality"] in ("reported", "derived", "assumed"), (table, row)
            assert row["source"] or row["note"] or row.get("method"), (table, row)
            assert row["quality"] != "reported" or row["source"], (table, row)


@pytest.mark.parametrize("name", ASKED)
def test_nothing_supplies_more_than_the_world(drafts: dict[str, Drafted], name: str) -> None:
    """The members get no more of any country than it makes, and probabilities sum to one."""
    found = drafts[name]
    made = found.instance()
    country = {row.id: (row.material, row.country) for row in made.suppliers}
    year = made.settings.last_year
    limits = {
        country[row.supplier]: row.limit_t_per_year
        for row in made.supply_limits
        if row.year == year
    }
    for chain in found.basis.chains:
        for material, stage in ((chain.raw, "extraction"), (chain.id, "processing")):
            world = output(found.basis, chain, stage, year)
            for (what, where), limit in limits.items():
                if what == material and where in world:
                    assert limit <= world[where].value * (1 + 1e-5)
    assert sum(row.probability for row in made.scenarios) == pytest.approx(1)
    assert sum(row.burden_share for row in made.members) == pytest.approx(1)


def test_the_same_request_gives_the_same_draft(catalogue: Catalogue) -> None:
    request = Request(name="x", materials=("gallium",), members=("USA", "JPN"))

    assert draft(catalogue, request).instance() == draft(catalogue, request).instance()


def test_members_demand_is_their_share_of_the_world(drafts: dict[str, Drafted]) -> None:
    """2035: the IEA prints 694,592.79 t of lithium; Busch gives the USA 16.8 %, Japan 3.05 %."""
    rows = {
        row["segment"]: row["demand_t_per_year"]
        for row in drafts["batteries"].tables["demand"]
        if row["year"] == 2035
    }

    assert rows["usa-lithium"] == pytest.approx(0.168 * 694_592.79, rel=1e-5)
    assert rows["jpn-lithium"] == pytest.approx(0.0305 * 694_592.79, rel=1e-5)


def test_printed_use_beats_an_assumed_share(drafts: dict[str, Drafted]) -> None:
    """USGS: 19 t of gallium used in the United States in 2025, of 900 t; grown by 2 % for 2026.

    Korea's use is printed nowhere: 3 % of the world by assumption.
    """
    rows = {
        row["segment"]: row
        for row in drafts["chips"].tables["demand"]
        if row["year"] == 2026 and row["segment"].endswith("gallium")
    }

    assert rows["usa-gallium"]["demand_t_per_year"] == pytest.approx(19 * 1.02)
    assert rows["kor-gallium"]["demand_t_per_year"] == pytest.approx(0.03 * 900 * 1.02)
    assert rows["kor-gallium"]["quality"] == "assumed"


def test_prices_are_those_of_the_contained_metal(drafts: dict[str, Drafted]) -> None:
    """9,000 USD per tonne of carbonate in 2025, 5.3231 tonnes of which hold one of lithium."""
    prices = {row["material"]: row for row in drafts["batteries"].tables["prices"]}

    assert prices["lithium"]["price_usd_per_t"] == pytest.approx(9_000 * 5.3231, rel=1e-5)
    assert prices["lithium-raw"]["price_usd_per_t"] == pytest.approx(
        0.65 * 9_000 * 5.3231, rel=1e-5
    )
    assert prices["cobalt"]["price_usd_per_t"] == 33_069.3


def test_what_the_members_obtain_is_their_part_and_a_margin(drafts: dict[str, Drafted]) -> None:
    """China makes 900 t of gallium in 2025, 918 t in 2026.

    Of world demand the members have 19/900 (USA) + 0.06 + 0.03 + 42.5/world of 2023 (EU, estimated
    use); a quarter more than that they can obtain.
    """
    chips = drafts["chips"]
    eu = 42.5 / (900 / 1.02**2)
    part = 19 / 900 + 0.06 + 0.03 + eu

    limit = next(
        row["limit_t_per_year"]
        for row in chips.tables["supply_limits"]
        if row["supplier"] == "chn-gallium" and row["year"] == 2026
    )

    assert limit == pytest.approx(918 * part * 1.25, rel=1e-5)


def test_a_printed_share_is_one_of_the_world_of_that_year(drafts: dict[str, Drafted]) -> None:
    """China has 70 % of germanium in 2025; the world's 127 t are of 2012, 2 % a year less."""
    chips = drafts["chips"]
    germanium = next(chain for chain in chips.basis.chains if chain.id == "germanium")

    made = output(chips.basis, germanium, "processing", 2025)

    assert made["CHN"].value == pytest.approx(0.7 * 127 * 1.02**13)
    assert sum(figure.value for figure in made.values()) == pytest.approx(127 * 1.02**13)


def test_what_members_refine_today_is_a_plant_that_needs_feed(drafts: dict[str, Drafted]) -> None:
    """5,648.7 t of cobalt refined in Japan in 2024; IEA's projection is left out, it is ours."""
    projects = {row["id"]: row for row in drafts["batteries"].tables["projects"]}
    plant = projects["jpn-cobalt-refinery"]

    assert plant["status"] == "operating"
    assert plant["capacity_t_per_year"] == 5648.7
    suppliers = {row["id"] for row in drafts["batteries"].tables["suppliers"]}
    assert "jpn-cobalt" not in suppliers
    assert {"cod-cobalt-raw", "chn-cobalt"} <= suppliers


def test_a_missing_building_cost_is_the_median_ratio_times_revenue(catalogue: Catalogue) -> None:
    """100 t of antimony a year at 55,115.6 USD earn 5.51156 M$; twice that is 11.023."""
    found = basis(catalogue, Request(name="x", materials=("antimony",), members=("USA",)))

    cost = imputed(found, found.chains[0], "refinery", 100.0, {"refinery": (2.0, 7)})

    assert cost.value == pytest.approx(11.023)
    assert cost.quality == "assumed"
    assert "median of 7 refinery plants" in cost.note


def test_ratios_come_from_full_costs_alone(catalogue: Catalogue) -> None:
    """Cinovec: 1,720 M$ for 7,044.9 t of lithium at 47,908 USD is 5.1 years of revenue."""
    found = basis(catalogue, Request(name="x", materials=("lithium",), members=("USA",)))

    by_form = ratios(found)

    assert set(by_form) == {"mine", "refinery", "integrated", "recycling"}
    assert all(0.5 < ratio < 10 for ratio, _ in by_form.values())
    assert by_form["integrated"][1] >= 10


def test_only_printed_full_costs_are_taken_as_they_are(drafts: dict[str, Drafted]) -> None:
    """Kings Mountain and Lionheart have funding packages, which are no building cost."""
    cells = {
        row["row"][:4]: row
        for row in drafts["batteries"].tables["provenance"]
        if row["field"] == "capex_musd"
    }

    assert cells["p059"]["quality"] == "reported"
    assert all(cells[name]["method"].startswith("imputed") for name in ("p057", "p063"))


def test_stages_become_forms() -> None:
    lithium = next(chain for chain in CHAINS if chain.id == "lithium")
    gallium = next(chain for chain in CHAINS if chain.id == "gallium")

    assert form_of(lithium, {"extraction"}) == "mine"
    assert form_of(lithium, {"processing"}) == "refinery"
    assert form_of(lithium, {"extraction", "processing"}) == "integrated"
    assert form_of(gallium, {"processing"}) == "integrated"
    assert form_of(lithium, {"recycling"}) == "recycling"
    assert form_of(lithium, {"metal", "manufacturing"}) == ""


def test_mines_without_a_refinery_get_a_stand_in(drafts: dict[str, Drafted]) -> None:
    projects = {row["id"]: row for row in drafts["chips"].tables["projects"]}

    assert "no real project" in projects["stand-in-antimony-refinery"]["note"]
    assert not any(name.startswith("stand-in-gallium") for name in projects)


def test_past_disruptions_come_back(drafts: dict[str, Drafted]) -> None:
    """Licences of 2023 cut gallium by 72.7 % for four months; the ban of 2024 hit the USA."""
    shocks = {row["id"]: row for row in drafts["chips"].tables["shocks"]}
    licences = shocks["gallium-chn-2023-08-licensing"]
    ban = shocks["gallium-chn-2024-12-export-ban-usa"]

    assert (licences["kind"], licences["factor"]) == ("supply", 0.273)
    assert licences["first_year"] == licences["last_year"] == 2030
    assert (ban["kind"], ban["factor"], ban["destination"]) == ("access", 0.0, "USA")


def test_a_member_is_never_shocked_or_capped(catalogue: Catalogue) -> None:
    found = draft(catalogue, Request(name="x", materials=("gallium",), members=("CHN",)))

    assert found.tables["shocks"] == []
    assert "CHN" not in {row.get("country") for row in found.tables["policies"]}


def test_an_assumption_can_be_put_in_place(catalogue: Catalogue) -> None:
    request = Request(
        name="x", materials=("gallium",), members=("USA",), assumptions={"market.margin": 0.0}
    )

    found = draft(catalogue, request)

    assert "| `market.margin` (changed) | 0 | share | put in place of 0.25" in found.words()
    with pytest.raises(InvalidSearch, match=r"did you mean market\.margin"):
        assumptions({"market.margn": 1.0})


def test_all_assumptions_have_a_reason_and_are_listed(drafts: dict[str, Drafted]) -> None:
    words = drafts["chips"].words()

    for name, row in usual().items():
        assert row.reason, name
        assert f"| `{name}` | {row.number:g} |" in words
    assert "Mineral Commodity Summaries" in words


def test_every_assumption_is_used() -> None:
    """Names stand in the code, as they are or built from a kind, form, status or member."""
    code = "".join(
        path.read_text() for path in (ROOT / "optimizer" / "catalogue" / "drafting").glob("*.py")
    )
    built = ("share.", "plant.success_", "fund.", "plant.", "shortage.")

    for name in usual():
        assert f'"{name}"' in code or name.startswith(built), name


def test_families_mean_their_chains(catalogue: Catalogue) -> None:
    assert [c.id for c in chosen(catalogue, ["rare_earths"])] == ["magnet_rare_earths"]
    assert [c.id for c in chosen(catalogue, ["graphite", "Lithium", "lithium"])] == [
        "graphite",
        "lithium",
    ]
    with pytest.raises(InvalidSearch, match="says too little of 'uranium'"):
        chosen(catalogue, ["uranium"])


def test_chains_name_what_the_catalogue_has(catalogue: Catalogue) -> None:
    prices = set(zip(catalogue.prices["material"], catalogue.prices["series"], strict=True))
    processes = set(catalogue.processes["process"])
    known = set(catalogue.materials["id"])

    def fits(chain: Chain) -> bool:
        named = {chain.mined, chain.refined, chain.wanted, *chain.products} - {""}
        return named <= known and (not chain.process or chain.process in processes)

    assert all(fits(chain) for chain in CHAINS)
    assert {chain.price for chain in CHAINS} - prices == {("", "")}


def test_numbers_between_years() -> None:
    points = {2024: 10.0, 2030: 40.0}

    found = [interpolated(points, year) for year in (2020, 2024, 2026, 2030, 2040)]

    assert found == [10.0, 10.0, 20.0, 40.0, 40.0]


def test_the_command_writes_a_folder_and_tells(tmp_path: Path) -> None:
    asked = ("new", "chips", "--materials", "gallium", "--members", "usa", "--members", "EU")

    answer = run(*asked, "--folder", FOLDER, "-o", tmp_path / "chips", "--years", "2027-2036")
    again = run(*asked, "--folder", FOLDER, "-o", tmp_path / "chips")

    assert answer.exit_code == Ending.DONE
    assert "valid; 0 errors" in answer.stdout
    assert "are assumed" in answer.stdout
    instance = load(tmp_path / "chips")
    assert list(instance.settings.years) == list(range(2027, 2037))
    assert [row.id for row in instance.members] == ["EU", "USA"]
    assert (tmp_path / "chips" / "ASSUMPTIONS.md").is_file()
    assert again.exit_code == Ending.INVALID
    assert "exists already" in again.stderr


def test_the_command_writes_a_workbook(tmp_path: Path) -> None:
    target = tmp_path / "chips"

    answer = run(
        *("new", "chips", "--materials", "gallium", "--members", "USA", "--xlsx"),
        *("--folder", FOLDER, "--yearly-musd", 80, "-o", target),
    )

    assert answer.exit_code == Ending.DONE
    paid = load(tmp_path / "chips.xlsx").contributions
    assert {row.amount_musd for row in paid} == {80.0}
    assert (tmp_path / "chips.assumptions.md").is_file()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"--materials": "litium"}, "did you mean lithium"),
        ({"--materials": "uranium"}, "the catalogue says too little of 'uranium'"),
        ({"--members": "Japan"}, "did you mean JPN"),
        ({"--members": "QQQ7"}, "is not an ISO 3166-1 alpha-3 code"),
        ({"--years": "2026"}, "is not two years"),
        ({"--years": "2026-2028"}, "six years or more"),
    ],
)
def test_wrong_words_are_refused(given: dict[str, str], told: str, tmp_path: Path) -> None:
    asked = {"--materials": "lithium", "--members": "USA"} | given
    words = [word for pair in asked.items() for word in pair]

    answer = run("new", "x", "--folder", FOLDER, "-o", tmp_path / "x", *words)

    assert answer.exit_code == Ending.INVALID
    assert told in answer.stderr
    assert not (tmp_path / "x").exists()


def test_a_country_of_the_union_is_no_member_beside_it(catalogue: Catalogue) -> None:
    with pytest.raises(InvalidSearch, match="DEU is in the EU"):
        draft(catalogue, Request(name="x", materials=("lithium",), members=("EU", "DEU")))


def test_rows_can_be_changed_before_the_instance_is_made(drafts: dict[str, Drafted]) -> None:
    found = drafts["batteries"]
    rows = [dict(row) for row in found.tables["policies"]]
    tables = found.tables | {"policies": rows[:1]}

    made = Instance.model_validate({"settings": found.settings, **tables})

    assert len(made.policies) == 1


DRAWN = random.Random(10).sample(
    [
        ((material,), members)
        for material in ("antimony", "cobalt", "gallium", "germanium", "tungsten", "rare_earths")
        for members in (("USA",), ("JPN", "KOR"), ("AUS", "CAN", "EU"), ("IND", "GBR", "NOR"))
    ],
    10,
)


@pytest.mark.parametrize(("materials", "members"), DRAWN)
def test_a_draft_that_validates_is_solved(
    catalogue: Catalogue, materials: tuple[str, ...], members: tuple[str, ...]
) -> None:
    """Ten years, to a wide gap: a plan that the checker accepts, whatever was asked for."""
    asked = Request(name="x", materials=materials, members=members, last_year=2035)
    drafted = draft(catalogue, asked).instance()

    plan = solve(drafted, Options(gap=0.02, worth_gap=0.2))

    assert plan.found
    assert plan.certificate is not None
    assert plan.certificate.ok

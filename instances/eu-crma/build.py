"""Writes the instance from the catalogue: a draft, then the Union's benchmarks, money and loop.

Usage:
    python instances/eu-crma/build.py [--without-benchmarks] [--without-loop]
        [--without-return] [--into FOLDER]
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer import crma_benchmarks
from optimizer.catalogue import Catalogue
from optimizer.drafting import Drafted, Request, draft
from optimizer.drafting.basis import REST, graded, rounded
from optimizer.drafting.costs import Plant, building_years, imputed, ratios, usual_opex
from optimizer.drafting.outlook import price
from optimizer.drafting.plants import Works, add_recipe, site, timing
from optimizer.formats import save

if TYPE_CHECKING:
    from optimizer.drafting.chains import Chain

HERE = Path(__file__).resolve().parent
NAME = "eu-crma"
MASS = "black-mass"
PERCENT = 100.0
MONTHS = 12
STRATEGIC = "CRMA Strategic Project"
STATES = ("DEU", "FRA")
"""Members beside the Union's own budget."""

REFINERIES = {
    "P075": ("graphite", "plant.bam4ever_t"),
    "P078": ("graphite", "plant.ngc_t"),
    "P127": ("cobalt", "plant.kokkola_t"),
}
RECYCLERS = {
    "P107": "plant.orano_t",
    "P138": "plant.portovesme_t",
    "P144": "plant.polvolt_t",
}
"""Strategic Projects of the catalogue whose tonnage is printed nowhere."""

REQUEST = Request(
    name=NAME,
    title="Lithium, cobalt and graphite of the European Union, 2026 to 2040",
    materials=("lithium", "cobalt", "graphite"),
    members=("EU",),
    yearly_musd=600.0,
    assumptions={"market.price_years": 3, "market.margin": 0.15},
)


def own_assumptions() -> dict[str, dict[str, str]]:
    """The instance's own assumed numbers by name."""
    with (HERE / "inputs" / "assumptions.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


OWN = own_assumptions()


def number(name: str) -> float:
    """The value of an own assumption."""
    return float(OWN[name]["value"])


def given(name: str) -> dict[str, str]:
    """The three columns of a row that rests on one own assumption."""
    return graded("assumed", OWN[name]["reason"], OWN[name]["source"])


def chain_of(drafted: Drafted, name: str) -> Chain:
    """A chain of the draft."""
    return next(chain for chain in drafted.basis.chains if chain.id == name)


def keep_ours(drafted: Drafted) -> None:
    """Candidates in the Union, and Strategic Projects anywhere; others look for money elsewhere."""
    tables = drafted.tables
    rows = drafted.basis.catalogue.projects.to_dict("records")
    strategic = {row["id"].lower() for row in rows if STRATEGIC in str(row["support"])}
    gone = {
        row["id"]
        for row in tables["projects"]
        if row["status"] == "candidate"
        and row["country"] not in drafted.basis.allied
        and row["id"].split("-")[0] not in strategic
    }
    tables["projects"] = [row for row in tables["projects"] if row["id"] not in gone]
    for row in tables["projects"]:
        row["strategic_value"] = 1.0 if row["id"].split("-")[0] in strategic else 0.0
    for name in ("recipes", "ingredients"):
        tables[name] = [row for row in tables[name] if row["project"] not in gone]
    tables["provenance"] = [row for row in tables["provenance"] if row["row"] not in gone]
    tables["relations"] = [row for row in tables["relations"] if not gone & {*row["projects"]}]


def candidate(drafted: Drafted, key: str, what: tuple[Chain, str], size: str) -> Works:
    """A Strategic Project that the catalogue names without a tonnage; no recipe yet."""
    basis, (chain, form) = drafted.basis, what
    rows = basis.catalogue.projects
    row: dict[str, Any] = rows[rows["id"] == key].to_dict("records")[0]
    plant = Plant(row, chain, form, number(size), "assumed")
    cost = imputed(basis, chain, form, plant.size_t, ratios(basis))
    name = f"{key.lower()}-{size.removeprefix('plant.').removesuffix('_t')}-{form}"
    made = Works()
    made.projects.append(
        site(basis, row)
        | {"id": name, "status": "candidate", "strategic_value": 1.0}
        | {"kind": "recycling" if form == "recycling" else "refinery", "main_material": chain.id}
        | {"capacity_t_per_year": plant.size_t, "capex_musd": cost.value}
        | timing(basis, row, building_years(basis, row, form), candidate=True)
        | given(size)
    )
    made.cell(name, "capex_musd", cost)
    return made


def extend(drafted: Drafted, made: Works) -> None:
    """Take plants over into the draft."""
    for table, rows in vars(made).items():
        drafted.tables[table].extend(rows)


def add_refineries(drafted: Drafted) -> None:
    """Refineries without a printed tonnage."""
    for key, (name, size) in REFINERIES.items():
        what = (chain_of(drafted, name), "refinery")
        made = candidate(drafted, key, what, size)
        opex = usual_opex(drafted.basis, *what)
        add_recipe(made, drafted.basis, made.projects[0]["id"], what, opex)
        extend(drafted, made)


def add_recyclers(drafted: Drafted) -> None:
    """Plants that make lithium and cobalt of black mass."""
    chain = chain_of(drafted, "lithium")
    feed = 1 / (number("mass.lithium") * number("mass.lithium_recovered"))
    cobalt = feed * number("mass.cobalt") * number("mass.cobalt_recovered")
    flows = (("lithium", "output", 1.0), ("cobalt", "output", cobalt), (MASS, "input", feed))
    for key, size in RECYCLERS.items():
        made = candidate(drafted, key, (chain, "recycling"), size)
        name = made.projects[0]["id"]
        opex = usual_opex(drafted.basis, chain, "recycling")
        made.recipes.append(
            {"project": name, "recipe": "main", "opex_usd_per_t": opex.value} | opex.graded()
        )
        made.ingredients += [
            {"project": name, "recipe": "main", "material": material}
            | {"direction": side, "t_per_t": rounded(tonnes)}
            | graded("assumed", "contents of black mass, and the recovery targets of 2031")
            for material, side, tonnes in flows
        ]
        extend(drafted, made)


def add_black_mass(drafted: Drafted) -> None:
    """The scrap itself: what it contains, its price, what of the past comes back."""
    tables, years = drafted.tables, drafted.basis.years
    tables["materials"].append(
        {"id": MASS, "name": "black mass of batteries", "chain": "lithium", "stage": "scrap"}
        | graded("assumed", "shredded cells, gross tonnes")
    )
    inside = {name: number(f"mass.{name}") for name in ("lithium", "cobalt")}
    tables["contents"] += [
        {"material": MASS, "element": name, "content_t_per_t": share} | given(f"mass.{name}")
        for name, share in inside.items()
    ]
    value = sum(
        share * price(drafted.basis, chain_of(drafted, name)).value
        for name, share in inside.items()
    )
    tables["prices"] += [
        {"material": MASS, "year": year}
        | {"price_usd_per_t": rounded(number("mass.price_share") * value)}
        | given("mass.price_share")
        for year in years
    ]
    used = {row["year"]: row for row in tables["demand"] if row["segment"] == "eu-lithium"}
    for year in years:
        tonnes = number("mass.factory_share") * used[year]["demand_t_per_year"]
        age = year - years[0]
        if age < number("mass.lifetime"):
            first, last = number("mass.old_first"), number("mass.old_last")
            part = first + (last - first) * age / (number("mass.lifetime") - 1)
            tonnes += part * used[years[0]]["demand_t_per_year"]
        rate = number("mass.collection_last" if year >= 2030 else "mass.collection_first")
        tables["arisings"].append(
            {"zone": "EU", "material": MASS, "year": year, "collection_rate": rate}
            | {"arisings_t_per_year": rounded(tonnes / inside["lithium"])}
            | {"collection_cost_usd_per_t": number("mass.collection_cost")}
            | graded("assumed", "cuttings of cell factories and batteries sold before 2026")
        )


def close_loop(drafted: Drafted) -> None:
    """What the Union is served comes back as black mass after the life of a battery."""
    tonnes = number("mass.returned") / number("mass.lithium")
    drafted.tables["end_of_life"].append(
        {"segment": "eu-lithium", "material": MASS, "t_per_t": rounded(tonnes)}
        | {"lifetime_years": int(number("mass.lifetime"))}
        | given("mass.returned")
    )


def set_money(drafted: Drafted) -> None:
    """Three members that pay in euro of the year: the Union's budget, Germany, France."""
    tables, years = drafted.tables, drafted.basis.years
    pays = {name: number(f"fund.{name.lower()}_meur") for name in ("EU", *STATES)}
    names = {"EU": "European Union (budget)", "DEU": "Germany", "FRA": "France"}
    others = tuple(code for code in drafted.basis.allied if code not in STATES)
    tables["members"] = [
        {"id": name, "name": names[name], "burden_share": rounded(paid / sum(pays.values()))}
        | {"countries": others if name == "EU" else (name,)}
        | graded("assumed", "key: share of what the three pay")
        for name, paid in pays.items()
    ]
    shares = [row["burden_share"] for row in tables["members"]]
    tables["members"][0]["burden_share"] = round(1 - sum(shares[1:]), 9)
    last = years[0] + drafted.basis.assumed.whole("money.contribution_years") - 1
    tables["contributions"] = [
        {"member": name, "year": year, "amount_million": paid, "currency": "EUR", "nominal": True}
        | given(f"fund.{name.lower()}_meur")
        for name, paid in pays.items()
        for year in range(years[0], last + 1)
    ]
    tables["exchange_rates"] = [
        {"currency": "EUR", "year": year, "usd_per_unit": number("fund.usd_per_eur")}
        | {"price_level": rounded((1 + number("fund.inflation")) ** (year - years[0]))}
        | given("fund.inflation")
        for year in range(years[0], last + 1)
    ]


def ask_for_returns(drafted: Drafted) -> None:
    """What Germany and France pay must come back to their firms."""
    for row in drafted.tables["projects"]:
        if row["status"] != "candidate":
            continue
        parts = {"EU": number("return.union")} | dict.fromkeys(STATES, number("return.neighbour"))
        parts[row["country"] if row["country"] in STATES else "EU"] = number("return.home")
        drafted.tables["benefits"] += [
            {"project": row["id"], "member": name, "share": rounded(share)} | given("return.home")
            for name, share in parts.items()
        ]
    drafted.tables["policies"] += [
        {"id": f"return-{name.lower()}", "kind": "juste_retour", "sense": "least"}
        | {"member": name, "value": number("return.value")}
        | given("return.value")
        for name in STATES
    ]


def set_policies(drafted: Drafted, *, benchmarks: bool) -> None:
    """The benchmarks of the regulation for each metal, a wished HHI, a limit on poor scores.

    Left out: the rest of the world, which is many countries, and the recycling of graphite, for
    which the catalogue has no plant.
    """
    rows = [row for row in drafted.tables["policies"] if row["kind"] != "country_share"]
    drafted.tables["policies"] = rows
    rows.append(
        {"id": "social-shortfall", "kind": "esg_shortfall", "score": "s"}
        | {"target": number("esg.target"), "value": number("esg.value")}
        | given("esg.value")
    )
    if not benchmarks:
        return
    graphite = price(drafted.basis, chain_of(drafted, "graphite")).value
    rows.append(
        {"id": "hhi-graphite", "kind": "hhi_cap", "element": "graphite", "stage": "processing"}
        | {"value": number("hhi.cap"), "first_year": 2031, "hard": False}
        | {"penalty_usd_per_t": rounded(number("crma.penalty_share") * graphite)}
        | given("hhi.cap")
    )
    known = {row["id"] for row in rows}
    plain = drafted.instance()
    for chain in drafted.basis.chains:
        penalty = rounded(number("crma.penalty_share") * price(drafted.basis, chain).value)
        for policy in crma_benchmarks(plain, [chain.id], penalty).policies:
            left_out = policy.country == REST or policy.id == "crma.graphite.scrap"
            if policy.id not in known and not left_out:
                told = "Regulation (EU) 2024/1252, article 5(1), recalled; the penalty is ours"
                rows.append(policy.model_dump() | graded("assumed", told))


def past(drafted: Drafted, start: str) -> dict[str, Any]:
    """A disruption of the catalogue by its first day."""
    rows = drafted.basis.catalogue.disruptions
    found: dict[str, Any] = rows[rows["start_date"] == start].to_dict("records")[0]
    return found


def replace_worlds(drafted: Drafted) -> None:
    """Graphite licences of 2023 and Congo's cobalt of 2025, from two years on; lithium of 2022."""
    tables = drafted.tables
    keep = [row for row in tables["scenarios"] if row["id"].startswith("lithium-wld")]
    tables["shocks"] = [row for row in tables["shocks"] if row["scenario"] == keep[0]["id"]]
    keep[0]["probability"] = number("world.lithium_probability")
    for which in ("first", "second"):
        start = int(number(f"world.{which}_start"))
        for metal in ("graphite", "cobalt"):
            own = OWN[f"world.{metal}_probability"]
            name = f"{metal}-{start}"
            keep.append(
                {"id": name, "name": f"Controls on {metal} come back in {start}"}
                | {"probability": float(own["value"])}
                | graded("assumed", own["reason"])
            )
            cuts = graphite_cuts(start) if metal == "graphite" else cobalt_cuts(drafted, start)
            tables["shocks"] += [
                {"id": f"{name}-{row['material']}-{row['first_year']}", "scenario": name} | row
                for row in cuts
            ]
    rest = round(1 - sum(row["probability"] for row in keep), 6)
    quiet = {"id": "nominal", "name": "No disruption", "probability": rest, "nominal": True}
    tables["scenarios"] = [quiet | graded("assumed", "what is left"), *keep]


def graphite_cuts(start: int) -> list[dict[str, Any]]:
    """Chinese refined graphite under licences."""
    last = start + int(number("world.graphite_years")) - 1
    row = {"kind": "supply", "country": "CHN", "material": "graphite", "first_year": start}
    row |= {"last_year": last, "factor": number("world.graphite_factor")}
    return [row | given("world.graphite_factor")]


def cobalt_cuts(drafted: Drafted, start: int) -> list[dict[str, Any]]:
    """Congo's suspension of eight months, and its quota of two years after it."""
    ban, quota = past(drafted, "2025-02-22"), past(drafted, "2025-10-16")
    spans = (
        (ban, start, start, ban["duration_months"] / MONTHS),
        (quota, start + 1, start + 2, -quota["effect_pct"] / PERCENT),
    )
    rows = []
    for event, first, last, cut in spans:
        passed = cut * number("world.pass_through")
        for country, material, lost in (
            ("COD", "cobalt-raw", cut),
            ("CHN", "cobalt", passed),
        ):
            row = {"kind": "supply", "country": country, "material": material}
            row |= {"first_year": first, "last_year": last, "factor": round(1 - lost, 3)}
            rows.append(row | graded("assumed", event["effect"], event["source"]))
    return rows


def words(drafted: Drafted) -> str:
    """SOURCES.md: what the draft assumes, and what the instance does."""
    lines = ["", "## Assumed for this instance", "", "| name | value | unit | source | why |"]
    lines.append("|---|---:|---|---|---|")
    for row in OWN.values():
        cells = (f"`{row['name']}`", row["value"], row["unit"], row["source"], row["reason"])
        lines.append("| " + " | ".join(cells) + " |")
    return drafted.words() + "\n".join([*lines, ""])


def main() -> None:
    """Read the command line and write the instance."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--without-benchmarks", action="store_true", help="no CRMA rows, no HHI")
    parser.add_argument("--without-loop", action="store_true", help="no batteries come back")
    parser.add_argument("--without-return", action="store_true", help="no juste retour")
    parser.add_argument("--into", type=Path, help="folder to write to, else the instance's own")
    options = parser.parse_args()
    folder = options.into or HERE
    folder.mkdir(parents=True, exist_ok=True)
    drafted = draft(Catalogue.load(HERE.parent / "catalogue"), REQUEST)
    keep_ours(drafted)
    add_refineries(drafted)
    if not options.without_loop:
        add_recyclers(drafted)
        add_black_mass(drafted)
        close_loop(drafted)
    set_money(drafted)
    for row in drafted.tables["segments"]:
        row["member"] = "EU"
    replace_worlds(drafted)
    drafted.place()
    set_policies(drafted, benchmarks=not options.without_benchmarks)
    if not options.without_return:
        ask_for_returns(drafted)
    drafted.place()
    save(drafted.instance(), folder)
    (folder / "SOURCES.md").write_text(words(drafted), encoding="utf-8")


if __name__ == "__main__":
    main()

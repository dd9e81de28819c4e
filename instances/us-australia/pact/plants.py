"""Plants: those that stand or come anyway, and the candidates of the two allies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.catalogue.drafting.basis import rounded, row_of
from optimizer.catalogue.drafting.costs import usual_opex
from optimizer.catalogue.drafting.plants import Works, add_recipe, site, unprinted
from pact.own import CHAIN, MAGNET, MUSD, OWN, RAW, contained

if TYPE_CHECKING:
    from optimizer.catalogue.drafting import Drafted
    from optimizer.catalogue.drafting.basis import TableRow

KEPT = ("p012", "p015", "p045", "p095", "p124")
"""Candidates of the draft that stay: Nolans, White Mesa, Dubbo, Wagerup, ATALCO."""

MINES = {"P010": "wimmera", "P016": "donald", "P044": "goschen"}
RUNNING = {
    "mountain-pass": ("P001", "mine", CHAIN, "plant.pass_t", 0),
    "mountain-pass-ramp": ("X04", "mine", CHAIN, "plant.pass_ramp_t", 2027),
    "white-mesa": ("P013", "refinery", CHAIN, "plant.mesa_t", 0),
    "mt-weld-spare": ("P006", "mine", RAW, "plant.mtweld_t", 2027),
    "eneabba-feed": ("X03", "mine", RAW, "plant.eneabba_feed_t", 2027),
    "eneabba": ("P009", "refinery", CHAIN, "plant.eneabba_t", 2027),
    "independence": ("P004", "manufacturing", MAGNET, "plant.independence_t", 2026),
    "independence-2": ("X05", "manufacturing", MAGNET, "plant.independence_next_t", 2028),
    "stillwater": ("P039", "manufacturing", MAGNET, "plant.stillwater_t", 2026),
    "evac": ("P049", "manufacturing", MAGNET, "plant.evac_t", 2026),
    "mp-10x-1": ("P003", "manufacturing", MAGNET, "plant.tenx_t", 2028),
}
"""Catalogue id, kind, product, size, and first year of output of plants that come anyway."""

LEFT_TO_PAY = {"eneabba": "plant.eneabba_capex", "mp-10x-1": "plant.tenx_capex"}
OPEX = {"eneabba": "plant.eneabba_opex"}
OPEX |= dict.fromkeys(("mountain-pass", "mountain-pass-ramp"), "plant.pass_opex")
PHASES = {
    "mp-10x-2": ("P003", "plant.tenx_t", "", 2026),
    "vulcan-1": ("P041", "plant.vulcan_first_t", "", 2026),
    "vulcan-2": ("P041", "plant.vulcan_next_t", "vulcan-1", 2027),
    "vulcan-3": ("P041", "plant.vulcan_next_t", "vulcan-2", 2029),
}
"""Catalogue id, size, phase before it and first start of candidate magnet plants."""

RAMP = (OWN["plant.ramp_1"], OWN["plant.ramp_2"], 1.0)
FORMS = {CHAIN: "refinery", RAW: "mine"}


def size_of(product: str, own: str) -> float:
    """Tonnes a year: of magnets, or contained in oxide."""
    return OWN[own] if product == MAGNET else rounded(contained(OWN[own]))


def add_magnet_recipe(made: Works, name: str) -> None:
    """Oxide to magnets."""
    given = OWN.given("chain.magnet_feed")
    made.recipes.append(
        {"project": name, "recipe": "main", "opex_usd_per_t": OWN["chain.magnet_opex"]}
        | OWN.given("chain.magnet_opex")
    )
    flows = ((MAGNET, "output", 1.0), (CHAIN, "input", OWN["chain.magnet_feed"]))
    made.ingredients += [
        {"project": name, "recipe": "main", "material": material, "direction": side}
        | {"t_per_t": tonnes}
        | given
        for material, side, tonnes in flows
    ]


def add_running(drafted: Drafted) -> None:
    """What stands, is being built, or comes with other money, in place of the draft's."""
    chain = drafted.chain(CHAIN)
    made = Works()
    for name, (key, kind, product, own, year) in RUNNING.items():
        row = row_of(drafted.basis.catalogue, "projects", id=key)
        project: TableRow = {"id": name, "name": row["name"], "owner": row["owner"]}
        project |= {"country": row["country"], "kind": kind, "main_material": product}
        project |= {"capacity_t_per_year": size_of(product, own), "capex_kind": "remaining"}
        project |= {"status": "committed" if year else "operating", "life_years": 40}
        if year:
            project["online_year"] = year
            project["ramp"] = RAMP
        if name in LEFT_TO_PAY:
            project["capex_musd"] = OWN[LEFT_TO_PAY[name]]
        made.projects.append(project | OWN.given(own))
        if product == MAGNET:
            add_magnet_recipe(made, name)
            continue
        form = "integrated" if (kind, product) == ("mine", CHAIN) else FORMS[product]
        add_recipe(made, drafted.basis, name, (chain, form), usual_opex(drafted.basis, chain, form))
        if name in OPEX:
            cost = OWN[OPEX[name]] / contained(1.0)
            made.recipes[-1] |= {"opex_usd_per_t": rounded(cost)} | OWN.given(OPEX[name])
    drafted.take(made)


def keep_ours(drafted: Drafted) -> None:
    """Candidates of the draft in the two countries; the others look for money elsewhere."""
    rows = drafted.tables["projects"]
    drafted.drop({row["id"] for row in rows if row["id"].split("-")[0] not in KEPT})


def add_mines(drafted: Drafted) -> None:
    """Australian mines whose magnet rare earths are not what the catalogue counts as their size."""
    chain = drafted.chain(CHAIN)
    for key, name in MINES.items():
        own = f"plant.{name}_t"
        size = rounded(contained(OWN[own]))
        made = unprinted(drafted.basis, key, (chain, "mine"), f"{key.lower()}-{name}", size)
        project = made.projects[0] | OWN.given(own)
        if f"plant.{name}_start" in OWN:
            project["earliest_start"] = OWN.whole(f"plant.{name}_start")
        printed = row_of(drafted.basis.catalogue, "projects", id=key)
        if printed["capex_basis"] in ("full", "remaining"):
            project["capex_musd"] = float(printed["capex_musd"])
            made.provenance[0] |= {"source": printed["source"], "quality": "derived"}
            made.provenance[0]["method"] = f"printed building cost ({printed['capex_basis']})"
        made.projects[0] = project
        drafted.take(made)


def add_magnet_plants(drafted: Drafted) -> None:
    """Candidate magnet plants, in phases."""
    made = Works()
    for name, (key, own, before, start) in PHASES.items():
        cost = OWN["plant.vulcan_capex_per_t"] * OWN[own] / MUSD
        made.projects.append(
            site(drafted.basis, row_of(drafted.basis.catalogue, "projects", id=key))
            | {"id": name, "status": "candidate", "kind": "manufacturing"}
            | {"main_material": MAGNET, "capacity_t_per_year": OWN[own]}
            | {
                "capex_musd": rounded(cost),
                "capex_kind": "full",
                "build_years": OWN.whole("plant.magnet_years"),
            }
            | {"earliest_start": start, "success_probability": OWN["plant.magnet_success"]}
            | {"ramp": RAMP}
            | OWN.given(own)
        )
        add_magnet_recipe(made, name)
        if before:
            made.relations.append(
                {"id": f"{name}-after-{before}", "kind": "requires", "lag_years": 1}
                | {"projects": (name, before)}
                | OWN.given(own)
            )
    drafted.take(made)

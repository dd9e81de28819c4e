"""The command that searches the catalogue of projects, producers, prices and money."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from optimizer.cli.outcomes import plain_errors, refuse, say

if TYPE_CHECKING:
    import pandas as pd

    from optimizer.catalogue import Catalogue

CatalogueFolder = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR", help="Folder of the catalogue.", show_default="instances/catalogue"
    ),
]


def catalogue(  # noqa: PLR0913 - one parameter for each option
    table: Annotated[
        str | None,
        typer.Argument(
            metavar="TABLE", help="Such as projects, production, prices; all of them if not given."
        ),
    ] = None,
    material: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A material, or a family such as rare_earths."),
    ] = None,
    stage: Annotated[
        str | None,
        typer.Option(
            metavar="STAGE",
            help="extraction, processing, metal, manufacturing, recycling or substitution.",
        ),
    ] = None,
    country: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="ISO alpha-3 code, or WLD (world), EU27, ROW (rest)."),
    ] = None,
    status: Annotated[
        str | None,
        typer.Option(
            metavar="STATUS", help="How far a project is, or how firm money is: operating, agreed."
        ),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Rows with this text in a cell that is no figure."),
    ] = None,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Write the rows with all columns as CSV.")
    ] = False,
    sources: Annotated[
        bool,
        typer.Option("--sources", help="List the sources of the rows; with --csv only these."),
    ] = False,
    folder: CatalogueFolder = None,
) -> None:
    """Search the catalogue of projects, producers and prices.

    It holds what is known of the world's candidate projects, existing plants, output, demand,
    prices, disruptions and terms of money, with sources and grades.

    Without a table: how many rows of each fit. Figures with * are computed from printed ones,
    those with (assumed) are printed nowhere or were not read.
    """
    with plain_errors():
        from optimizer.catalogue import Catalogue

        asked = {
            "material": material,
            "stage": stage,
            "country": country,
            "status": status,
            "text": text,
        }
        known = Catalogue.load(folder)
        if table is not None:
            rows = known.search(table, **asked)
            say_rows(known, table, rows, as_csv=as_csv, sources=sources)
        elif as_csv or sources:
            refuse("--csv and --sources want a table, for example: lodestone catalogue projects")
        else:
            say_overview(known, asked)


def say_rows(
    known: "Catalogue", table: str, rows: "pd.DataFrame", *, as_csv: bool, sources: bool
) -> None:
    """Print rows of a table, their sources, or both."""
    from optimizer.catalogue.showing import listing, source_list
    from optimizer.catalogue.tables import BY_NAME

    if as_csv:
        printed = known.sources_of(rows) if sources else rows
        say(printed.to_csv(index=False, float_format="%.15g", lineterminator="\n"))
        return
    say(listing(BY_NAME[table], rows))
    if sources:
        say("\n" + source_list(known.sources_of(rows)))


def say_overview(known: "Catalogue", asked: "dict[str, str | None]") -> None:
    """Print how many rows of each table fit, of the tables that can be searched so."""
    from optimizer.catalogue.showing import overview
    from optimizer.catalogue.tables import TABLES

    facets = [name for name, value in asked.items() if value is not None and name != "text"]
    tables = [table.table for table in TABLES if all(table.facet(name) for name in facets)]
    if facets and not tables:
        refuse(f"no table can be searched by {' and '.join(facets)} at once")
    say(overview(known, {name: known.search(name, **asked) for name in tables}))

"""The command that drafts an instance from the catalogue."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from optimizer.cli.catalogue import CatalogueFolder
from optimizer.cli.outcomes import complain_of, plain_errors, refuse, say

if TYPE_CHECKING:
    from optimizer.catalogue.drafting import Drafted, Request

YEARS_FORM = "2026-2040"


def new(  # noqa: PLR0913 - one parameter for each option
    name: Annotated[str, typer.Argument(metavar="NAME", help="Id of the instance.")],
    materials: Annotated[
        list[str],
        typer.Option(
            metavar="NAME",
            help="Materials, or families such as rare_earths: with commas, or repeated.",
        ),
    ],
    members: Annotated[
        list[str],
        typer.Option(metavar="CODE", help="ISO alpha-3 codes, or EU: with commas, or repeated."),
    ],
    years: Annotated[
        str, typer.Option(metavar="FIRST-LAST", help="First and last year.")
    ] = YEARS_FORM,
    yearly_musd: Annotated[
        float, typer.Option(min=0, max=1e6, help="What the members together pay in a year, M$.")
    ] = 500.0,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="PATH", help="What to write.", show_default="NAME"),
    ] = None,
    xlsx: Annotated[
        bool, typer.Option("--xlsx", help="Write a workbook instead of a folder of CSV files.")
    ] = False,
    folder: CatalogueFolder = None,
) -> None:
    """Draft an instance from the catalogue, with every assumption marked.

    It is valid and can be solved, and is a beginning: every row has its grade, and a list of all
    assumed numbers is written beside it. What is there already is not overwritten.
    """
    with plain_errors():
        from optimizer.catalogue import Catalogue
        from optimizer.catalogue.drafting import draft
        from optimizer.system.files import try_place

        target = place(name, out, xlsx=xlsx)
        if target.exists():
            refuse(f"{target}: exists already; choose another place with --out")
        try_place(target)
        asked = requested(
            {"name": name, "materials": listed(materials), "members": listed(members)}
            | years_of(years)
            | {"yearly_musd": yearly_musd}
        )
        drafted = draft(Catalogue.load(folder), asked)
        words = drafted.save(target)
        tell(drafted, target, words)


def place(name: str, out: Path | None, *, xlsx: bool) -> Path:
    """Where to write: as told, else the name here."""
    target = out if out is not None else Path(name)
    return target.with_name(f"{target.name}.xlsx") if xlsx and target.suffix != ".xlsx" else target


def listed(given: list[str]) -> tuple[str, ...]:
    """Names as people write them: one by one, or with commas."""
    return tuple(name.strip() for text in given for name in text.split(",") if name.strip())


def years_of(text: str) -> dict[str, object]:
    """First and last year as people write them."""
    first, dash, last = text.strip().partition("-")
    if not (dash and first.isdecimal() and last.isdecimal()):
        refuse(f"--years: '{text}' is not two years; write {YEARS_FORM}")
    return {"first_year": int(first), "last_year": int(last)}


def requested(values: dict[str, object]) -> "Request":
    """A request; a value that does not fit is a wrong call."""
    from pydantic import ValidationError

    from optimizer.catalogue.drafting import Request
    from optimizer.instance.formats.messages import faults_in

    try:
        return Request.model_validate(values)
    except ValidationError as trouble:
        refuse("; ".join(f"{field}: {message}" for field, message in faults_in(Request, trouble)))


def tell(drafted: "Drafted", target: Path, words: Path) -> None:
    """Say what was drafted, and what is worth a look in it."""
    from optimizer.cli.instances import counted, summary
    from optimizer.instance.formats.reader import examine

    instance, faults = examine(target)
    complain_of(faults)
    errors, warnings = counted(faults)
    say(summary(target, instance, errors, warnings))
    rows = sum(len(table) for table in drafted.tables.values())
    filled = [name for name, table in drafted.tables.items() if table]
    say(f"  drafted    {rows:,} rows in {len(filled)} tables")
    say(f"  assumed    listed with reasons in {words}")

"""What a plan holds: its tables, its report, its archive, and how it compares with others."""

import io
import json
import zipfile
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Response
from starlette.concurrency import run_in_threadpool

from api.acts import contents
from api.caller import Caller
from api.http import tables as formats
from api.http.accept import accepted, preferred
from api.http.comparisons import Compared
from api.http.dependencies import CallerDep, ComparisonsDep, ReadersDep, StoreDep
from api.http.openapi import content, media, refusals
from api.http.schemas import reference
from api.http.submissions import BYTES, sound
from api.reading import plans as reading
from api.resources.base import ResourceId
from api.resources.plan_tables import DESCRIBED
from api.resources.plans import TableInfo
from api.sponsors import SPONSOR_TABLES
from api.store import Store

router = APIRouter(prefix="/v1/plans", tags=["plans"])

MOST_COMPARED = 10
TEXT, ZIP = "text/plain", "application/zip"
SHOWN = (formats.JSON, TEXT)
SUFFIXES = {
    formats.JSON: "json",
    formats.CSV: "csv",
    formats.PARQUET: "parquet",
    TEXT: "txt",
}
"""How the names of files end, by their media type; every other is a zip file."""
NOT_SHARED = """THE INSTANCE
  It is not shared with you: what this report would say of its figures is left out.

"""

ROWS: dict[str, Any] = {"type": "array", "items": reference("TableRow")}


@router.get(
    "/comparison",
    summary="Compare plans",
    response_class=Response,
    responses=content(media(formats.JSON, schema=reference("Comparison"))) | refusals(403, 404),
)
async def comparison(
    store: StoreDep,
    readers: ReadersDep,
    comparisons: ComparisonsDep,
    caller: CallerDep,
    plan: Annotated[
        tuple[ResourceId, ...],
        Query(min_length=2, max_length=MOST_COMPARED, description="Counted from the first."),
    ],
) -> Response:
    """What differs in inputs, choice, schedule, money, supply, criteria and proof.

    `headings` says what people call each plan.
    """
    names = list(dict.fromkeys(plan))
    found = {
        name: await run_in_threadpool(contents.open_whole, store, caller, name, "comparison")
        for name in names
    }
    what = Compared(tuple(names), all(one.instance_file for one in found.values()))
    text = comparisons.get(what)
    if text is None:
        bundles = {
            name: await run_in_threadpool(contents.bundle, store, one)
            for name, one in found.items()
        }
        made = await readers.views.run(caller.organisation_id, reading.compared, bundles)
        text = sound(made)
        comparisons.keep(what, text)
    headings = await run_in_threadpool(contents.headings, store, caller, names)
    return _named(f'{{"headings": {json.dumps(headings)}, {text[1:]}', formats.JSON, "comparison")


@router.get("/{plan_id}/tables", summary="List a plan's tables")
def tables(plan_id: ResourceId, store: StoreDep, caller: CallerDep) -> tuple[TableInfo, ...]:
    """Their rows, columns and hashes."""
    return tuple(contents.open_whole(store, caller, plan_id, "tables").stored.tables.values())


TABLES_IN_WORDS = "\n".join(
    [
        "Quantities in kt per year, money in M$; a sponsor gets the rows of its own projects.",
        "The tables and their columns, in order, each of which is described at `TableRow`:",
        "",
        *(f"- `{name}`: {words}" for name, words in DESCRIBED.items()),
    ]
)
AcceptHeader = Annotated[str, Header(include_in_schema=False)]
TableName = Annotated[str, Path(description="Name of the table.")]


@router.get(
    "/{plan_id}/tables/{name}",
    summary="Get a table",
    description=TABLES_IN_WORDS,
    response_class=Response,
    responses=content(
        media(formats.JSON, schema=ROWS)
        | media(formats.CSV, schema={"type": "string"})
        | media(formats.PARQUET),
        "The rows as JSON, CSV (guarded against formulas) or Parquet, by Accept.",
    )
    | refusals(403, 406),
)
def table(
    plan_id: ResourceId,
    name: TableName,
    store: StoreDep,
    caller: CallerDep,
    accept: AcceptHeader = formats.JSON,
) -> Response:
    """A table in the format that the caller likes best."""
    return _table(store, caller, plan_id, name, accepted(accept, formats.KINDS))


@router.get(
    "/{plan_id}/tables/{name}/csv",
    summary="Download a table as CSV",
    response_class=Response,
    responses=content(media(formats.CSV, schema={"type": "string"})) | refusals(403),
)
def table_as_csv(
    plan_id: ResourceId, name: TableName, store: StoreDep, caller: CallerDep
) -> Response:
    """The rows for people: no text in it is taken for a formula."""
    return _table(store, caller, plan_id, name, formats.CSV)


@router.get(
    "/{plan_id}/tables/{name}/parquet",
    summary="Download a table as Parquet",
    response_class=Response,
    responses=content(media(formats.PARQUET, BYTES)) | refusals(403),
)
def table_as_parquet(
    plan_id: ResourceId,
    name: TableName,
    store: StoreDep,
    caller: CallerDep,
    accept: AcceptHeader = formats.PARQUET,
) -> Response:
    """The rows for programs, with their types."""
    answer = _table(store, caller, plan_id, name, formats.PARQUET)
    answer.headers["Content-Type"] = preferred(accept, (formats.PARQUET, BYTES))
    return answer


def _table(store: Store, caller: Caller, plan_id: str, name: str, kind: str) -> Response:
    """A table, or as much of it as the caller may see.

    Raises:
        NotFound: the plan has no such table.
        Forbidden: a sponsor may see nothing of it.
    """
    stored = contents.open_table(store, caller, plan_id, name)
    part = None
    if stored.access == "sponsor":
        choice = store.files.get(stored.tables["choice"].sha256)
        # A project that goes ahead without the fund is, to its sponsor, one that is not chosen.
        projects = caller.projects - formats.going_alone(choice)
        part = formats.Part(projects, SPONSOR_TABLES[name])
    file = store.files.get(stored.tables[name].sha256)
    return _named(formats.written(file, kind, part), kind, f"{plan_id}-{name}")


@router.get(
    "/{plan_id}/report",
    summary="Read a plan in words",
    response_class=Response,
    responses=content(media(TEXT, schema={"type": "string"})) | refusals(403),
)
async def report(
    plan_id: ResourceId, store: StoreDep, readers: ReadersDep, caller: CallerDep
) -> Response:
    """The same words as `lodestone show`, and who reviewed and signed.

    Without the figures of the instance where you may not see that.
    """
    found = await run_in_threadpool(contents.open_whole, store, caller, plan_id, "report")
    with_instance = found.instance_file is not None
    text = await run_in_threadpool(
        contents.show_report, store, plan_id, with_instance=with_instance
    )
    if text is None:
        bundle = await run_in_threadpool(contents.bundle, store, found)
        text = await readers.views.run(caller.organisation_id, reading.reported, bundle)
        await run_in_threadpool(
            contents.keep_report, store, plan_id, text, with_instance=with_instance
        )
    words = await run_in_threadpool(contents.tell_review, store, caller, plan_id)
    told = "" if with_instance else NOT_SHARED
    return _named(f"{text}\n{told}{words}", TEXT, plan_id)


@router.get(
    "/{plan_id}/archive",
    summary="Download a plan",
    response_class=Response,
    responses=content(media(ZIP, BYTES)) | refusals(403),
)
def archive(
    plan_id: ResourceId, store: StoreDep, caller: CallerDep, accept: AcceptHeader = ZIP
) -> Response:
    """A zip file of `plan.json` and all tables: unpacked, `optimizer.load_plan` reads it."""
    bundle = contents.bundle(store, contents.open_whole(store, caller, plan_id, "archive"))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        for name, body in bundle.files.items():
            packed.writestr(zipfile.ZipInfo(name), body)
    return _named(target.getvalue(), preferred(accept, (ZIP, BYTES)), plan_id)


def _named(body: bytes | str, kind: str, name: str) -> Response:
    """An answer with the name to keep it under; what a browser can show, it shows."""
    how = "inline" if kind in SHOWN else "attachment"
    suffix = SUFFIXES.get(kind, "zip")
    headers = {"Content-Disposition": f'{how}; filename="{name}.{suffix}"'}
    return Response(body, headers=headers, media_type=kind)

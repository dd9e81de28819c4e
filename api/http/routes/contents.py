"""What a plan holds: its tables, its report, its archive, and how it compares with others."""

import io
import json
import zipfile
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Header, Query, Response
from starlette.concurrency import run_in_threadpool

from api.caller import Caller
from api.errors import Forbidden, NotFound
from api.http import tables as formats
from api.http.comparisons import Compared
from api.http.documented import content, media, refusals
from api.http.parts import CallerDep, ComparisonsDep, ReadersDep, StoreDep
from api.http.preferences import accepted
from api.http.submissions import sound
from api.reading import plans as reading
from api.reading.plans import Bundle
from api.resources.base import ResourceId
from api.resources.described import headings_of
from api.resources.plans import PlanSummary, TableInfo
from api.resources.reviews import in_words
from api.sponsors import SPONSOR_TABLES
from api.store import Store, audit, instances, plans, reports
from api.store.plans import Stored
from optimizer.plan_files import PLAN_FILE

router = APIRouter(prefix="/v1/plans", tags=["plans"])

MOST_COMPARED = 10
NOT_SHARED = """THE INSTANCE
  It is not shared with you: what this report would say of its figures is left out.

"""

COLUMN_TABLE: dict[str, Any] = {"type": "array", "items": {"type": "object"}}


@router.get(
    "/comparison",
    summary="Compare plans",
    response_class=Response,
    responses=content(media(formats.JSON, schema={"type": "object"})) | refusals(403, 404),
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
        name: await run_in_threadpool(_whole, store, caller, name, "comparison") for name in names
    }
    what = Compared(tuple(names), all(one.instance_file for one in found.values()))
    text = comparisons.get(what)
    if text is None:
        bundles = {
            name: await run_in_threadpool(_bundle, store, one) for name, one in found.items()
        }
        made = await readers.views.run(caller.organisation_id, reading.compared, bundles)
        text = sound(made)
        comparisons.keep(what, text)
    headings = await run_in_threadpool(_headings, store, caller, names)
    return Response(f'{{"headings": {headings}, {text[1:]}', media_type="application/json")


@router.get("/{plan_id}/tables", summary="List a plan's tables")
def tables(plan_id: ResourceId, store: StoreDep, caller: CallerDep) -> tuple[TableInfo, ...]:
    """Their rows, columns and hashes."""
    return tuple(_whole(store, caller, plan_id, "tables").stored.tables.values())


@router.get(
    "/{plan_id}/tables/{name}",
    summary="Get a table",
    response_class=Response,
    responses=content(
        media(formats.JSON, schema=COLUMN_TABLE)
        | media(formats.CSV, schema={"type": "string"})
        | media(formats.PARQUET),
        "The rows as JSON, CSV (guarded against formulas) or Parquet, by Accept.",
    )
    | refusals(403, 406),
)
def table(
    plan_id: ResourceId,
    name: str,
    store: StoreDep,
    caller: CallerDep,
    accept: Annotated[str, Header(include_in_schema=False)] = formats.JSON,
) -> Response:
    """Quantities in kt per year, money in M$; a sponsor gets the rows of its own projects."""
    kind = accepted(accept, formats.KINDS)
    stored = _stored(store, caller, plan_id, "table")
    if name not in stored.tables:
        raise NotFound("a plan has no table of this name")
    if stored.access == "sponsor" and name not in SPONSOR_TABLES:
        raise Forbidden("a sponsor sees its own projects only")
    part = None
    if stored.access == "sponsor":
        choice = store.files.get(stored.tables["choice"].sha256)
        # A project that goes ahead without the fund is, to its sponsor, one that is not chosen.
        projects = caller.projects - formats.going_alone(choice)
        part = formats.Part(projects, SPONSOR_TABLES[name])
    file = store.files.get(stored.tables[name].sha256)
    return Response(formats.written(file, kind, part), media_type=kind)


@router.get(
    "/{plan_id}/report",
    summary="Read a plan in words",
    response_class=Response,
    responses=content(media("text/plain", schema={"type": "string"})) | refusals(403),
)
async def report(
    plan_id: ResourceId, store: StoreDep, readers: ReadersDep, caller: CallerDep
) -> Response:
    """The same words as `lodestone show`, and who reviewed and signed.

    Without the figures of the instance where you may not see that.
    """
    found = await run_in_threadpool(_whole, store, caller, plan_id, "report")
    with_instance = found.instance_file is not None
    text = await run_in_threadpool(_report, store, plan_id, with_instance=with_instance)
    if text is None:
        bundle = await run_in_threadpool(_bundle, store, found)
        text = await readers.views.run(caller.organisation_id, reading.reported, bundle)
        await run_in_threadpool(_keep_report, store, plan_id, text, with_instance=with_instance)
    words = await run_in_threadpool(_review, store, caller, plan_id)
    told = "" if with_instance else NOT_SHARED
    return Response(f"{text}\n{told}{words}", media_type="text/plain")


@router.get(
    "/{plan_id}/archive",
    summary="Download a plan",
    response_class=Response,
    responses=content(media("application/zip")) | refusals(403),
)
def archive(plan_id: ResourceId, store: StoreDep, caller: CallerDep) -> Response:
    """A zip file of `plan.json` and all tables: unpacked, `optimizer.load_plan` reads it."""
    bundle = _bundle(store, _whole(store, caller, plan_id, "archive"))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        for name, body in bundle.files.items():
            packed.writestr(zipfile.ZipInfo(name), body)
    headers = {"Content-Disposition": f'attachment; filename="{plan_id}.zip"'}
    return Response(target.getvalue(), headers=headers, media_type="application/zip")


def _headings(store: Store, caller: Caller, names: list[str]) -> str:
    """What people call each of some plans, as JSON."""
    with store.database.read() as connection:
        found = [plans.get(connection, name, caller) for name in names]
    return json.dumps(headings_of(one for one in found if isinstance(one, PlanSummary)))


def _stored(store: Store, caller: Caller, identifier: str, part: str) -> Stored:
    with store.database.write() as tx:
        stored = plans.stored(tx, identifier, caller)
        audit.record(tx, caller, "plan.read", identifier, part=part)
    return stored


class Whole(NamedTuple):
    """A plan that the caller may see whole."""

    stored: Stored
    instance_file: str | None
    """Of its instance, where the caller may see that too."""


def _whole(store: Store, caller: Caller, identifier: str, part: str) -> Whole:
    """A plan of which the caller may see more than its own projects.

    Raises:
        NotFound: there is none.
        Forbidden: the caller is a sponsor.
    """
    with store.database.write() as tx:
        stored = plans.stored(tx, identifier, caller)
        if stored.access == "sponsor":
            raise Forbidden("a sponsor sees its own projects only")
        audit.record(tx, caller, "plan.read", identifier, part=part)
        try:
            return Whole(stored, instances.file_of(tx, stored.instance_id, caller))
        except NotFound:
            return Whole(stored, None)


def _report(store: Store, identifier: str, *, with_instance: bool) -> str | None:
    with store.database.read() as connection:
        return reports.kept(connection, identifier, with_instance=with_instance)


def _keep_report(store: Store, identifier: str, text: str, *, with_instance: bool) -> None:
    with store.database.write() as tx:
        reports.keep(tx, identifier, text, with_instance=with_instance)


def _review(store: Store, caller: Caller, identifier: str) -> str:
    """The review of a plan in words, as it is now."""
    with store.database.read() as connection:
        return in_words(plans.steps(connection, identifier, caller))


def _bundle(store: Store, found: Whole) -> Bundle:
    """A plan with all of its files, and its instance where the caller may see that too."""
    stored = found.stored
    document = json.dumps(stored.raw, indent=1, allow_nan=False) + "\n"
    files = {PLAN_FILE: document.encode()}
    for table in stored.tables.values():
        files[f"{table.name}.parquet"] = store.files.get(table.sha256)
    return Bundle(files, store.files.get(found.instance_file) if found.instance_file else None)

"""A sponsor reads of its projects what it submitted; the fund's judgement by no way at all."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from api.sponsors import JUDGEMENT, OF_PROJECTS, SPONSOR_TABLES, SUBMITTED
from optimizer import load
from optimizer.instance import Instance
from optimizer.instance.records.projects import Attribute, Ingredient, Project, Recipe
from optimizer.vocabulary.plan_tables import COLUMNS, OF_NOTHING, in_nothing
from tests.support.application import planned
from tests.support.people import kept

if TYPE_CHECKING:
    from optimizer import Plan
    from tests.support.application import Fund, Service

RECORDS = {one.table: one for one in (Project, Recipe, Ingredient, Attribute)}
WHISPER = "keep this from the sponsor"
PARQUET = "application/vnd.apache.parquet"


@pytest.mark.parametrize("table", OF_PROJECTS)
def test_every_field_is_submitted_or_judgement(table: str) -> None:
    """A new field of a record has to be put in one of the lists."""
    fields = set(RECORDS[table].model_fields)
    assert SUBMITTED[table] | JUDGEMENT[table] == fields
    assert not SUBMITTED[table] & JUDGEMENT[table]


def test_the_tables_of_sponsors_have_the_columns_of_plans() -> None:
    for name, columns in SPONSOR_TABLES.items():
        assert set(columns) <= set(COLUMNS[name])
    assert "alone" not in SPONSOR_TABLES["choice"]


def judged() -> Instance:
    """The bundled instance, with a judgement in every place that there is for one."""
    whole = load("instances/tiny")
    rows = {
        table: tuple(
            row.replaced(note=WHISPER, source=WHISPER, quality="derived")
            for row in getattr(whole, table)
        )
        for table in OF_PROJECTS
    }
    rows["projects"] = tuple(
        row.replaced(private_appetite=0.4217, private_premium=0.4217, success_probability=0.4217)
        for row in rows["projects"]
    )
    return Instance.model_validate(dict(whole) | rows)


def test_no_way_out_tells_a_judgement(service: Service, fund: Fund, solved: Plan) -> None:
    plan = planned(service.store, fund.analyst, solved)
    instance = kept(service.store, fund.analyst.caller, judged()).id
    there = fund.sponsor.caller.organisation_id
    with service.client(fund.admin) as admin:
        for path in (f"plans/{plan}", f"instances/{instance}"):
            assert admin.put(f"/v1/{path}/shares/{there}", json={}).status_code == 200
    told = []
    with service.client(fund.sponsor) as sponsor:
        document = sponsor.get(f"/v1/instances/{instance}/document")
        rows = document.json()
        assert [row["id"] for row in rows["projects"]] == ["pit"]
        for table, found in rows.items():
            assert all(set(row) == SUBMITTED[table] for row in found), table
        told.append(document.text)
        for path in service.app.openapi()["paths"]:
            if not path.startswith(("/v1/plans", "/v1/instances")):
                continue
            here = path.format(
                plan_id=plan, instance_id=instance, resource_id=plan, organisation_id=there, name=0
            )
            query = {"plan": [plan, plan]} if path.endswith("comparison") else {}
            told.append(sponsor.get(here, params=query).text)
        for name in (*COLUMNS, *(in_nothing(one) for one in OF_NOTHING)):
            for kind in ("application/json", "text/csv", PARQUET):
                answer = sponsor.get(f"/v1/plans/{plan}/tables/{name}", headers={"Accept": kind})
                if name not in SPONSOR_TABLES:
                    assert answer.status_code == 403
                    continue
                assert answer.status_code == 200
                if kind == PARQUET:
                    frame = pd.read_parquet(io.BytesIO(answer.content))
                    assert list(frame.columns) == list(SPONSOR_TABLES[name])
                    assert b"alone" not in answer.content
                else:
                    told.append(answer.text)
    text = "\n".join(told)
    for secret in (WHISPER, "0.4217", "alone", "success_probability", "private_appetite"):
        assert secret not in text, secret


def test_what_would_go_ahead_alone_is_not_told(service: Service, fund: Fund, solved: Plan) -> None:
    """To its sponsor it is one that is not chosen, in every table."""
    choice = solved.tables.choice
    alone = choice.assign(alone=choice["project"] == "pit")
    plan = planned(
        service.store, fund.analyst, replace(solved, tables=replace(solved.tables, choice=alone))
    )
    with service.client(fund.admin) as admin:
        admin.put(f"/v1/plans/{plan}/shares/{fund.sponsor.caller.organisation_id}", json={})
    with service.client(fund.sponsor) as sponsor:
        for name in SPONSOR_TABLES:
            assert sponsor.get(f"/v1/plans/{plan}/tables/{name}").json() == [], name
        assert sponsor.get(f"/v1/plans/{plan}").json()["chosen"] == []


def test_the_owner_of_an_instance_reads_it_whole(service: Service, fund: Fund) -> None:
    """A sponsor's own upload is its own."""
    instance = kept(service.store, fund.sponsor.caller, judged()).id
    with service.client(fund.sponsor) as sponsor:
        rows = sponsor.get(f"/v1/instances/{instance}/document").json()["projects"]
    assert rows[0]["note"] == WHISPER

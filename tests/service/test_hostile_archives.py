"""Hostile archives and workbooks: bombs, path names, links, encryption, forged sizes, formulas."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest

from optimizer import load
from optimizer.instance.formats import save
from tests.support.application import Service, running
from tests.support.people import organisation, person
from tests.support.whole_job import opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.reading import Readers
    from tests.support.people import Person

TINY = Path("instances/tiny")
TYPES = {
    "zip": "application/zip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "ha">'
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    + "]><a>&l11;</a>"
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, readers: Readers) -> Iterator[Service]:
    """One service for all of these tests."""
    for store in opened(tmp_path_factory.mktemp("archives")):
        with running(store, readers) as found:
            yield found


@pytest.fixture(scope="module")
def ada(service: Service) -> Person:
    return person(service.store, organisation(service.store))


def folder_with(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    """A zip file of `tiny` with more entries."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in TINY.glob("*.*"):
            archive.write(path, path.name)
        for name, content in entries:
            archive.writestr(name, content)
    return target.getvalue()


def workbook(tmp: Path) -> bytes:
    save(load(TINY), tmp / "tiny.xlsx")
    return (tmp / "tiny.xlsx").read_bytes()


def with_part(book: bytes, name: str, content: str | bytes) -> bytes:
    """A workbook with one of its parts replaced."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book)) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            new.writestr(entry.filename, content if entry.filename == name else old.read(entry))
    return target.getvalue()


def link() -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("policies2.csv")
    entry.external_attr = 0o120777 << 16
    return entry


def encrypted() -> bytes:
    """The flag of encryption set in every entry of the directory."""
    body = bytearray(folder_with())
    at = body.find(b"PK\x01\x02")
    while at >= 0:
        body[at + 8] |= 1
        at = body.find(b"PK\x01\x02", at + 4)
    return bytes(body)


def forged() -> bytes:
    """An entry that declares far less than it holds."""
    body = bytearray(folder_with(("suppliers2.csv", b"x" * 5_000_000)))
    at = body.rfind(b"PK\x01\x02")
    body[at + 24 : at + 28] = struct.pack("<I", 10)
    return bytes(body)


ARCHIVES = {
    "no zip": lambda: b"PK\x03\x04 nothing",
    "cut": lambda: folder_with()[:-100],
    "bomb": lambda: folder_with(("projects2.csv", bytes(60 * 2**20))),
    "many": lambda: folder_with(*((f"a{n}.csv", b"") for n in range(5_000))),
    "upwards": lambda: folder_with(("../evil.csv", b"id\n")),
    "absolute": lambda: folder_with(("/etc/evil.csv", b"id\n")),
    "backslash": lambda: folder_with(("..\\evil.csv", b"id\n")),
    "deeper": lambda: folder_with(("a/b/c.csv", b"id\n")),
    "dots": lambda: folder_with(("..", b"id\n")),
    "line break": lambda: folder_with(("a\nb<script>.csv", b"id\n")),
    "long name": lambda: folder_with(("Q" * 10_000, b"id\n")),
    "twice": lambda: folder_with(("ZONES.csv", b"id\n")),
    "link": lambda: folder_with((link(), b"/etc/passwd")),
    "encrypted": encrypted,
    "forged": forged,
    "odd table": lambda: folder_with(("projets.csv", b"id\n")),
    "long cell": lambda: folder_with(("outlays.csv", b"member,year\n" + b"Q" * 200_000 + b",1\n")),
    "quotes": lambda: folder_with(("outlays.csv", b'member,year\n"' + b"Q\n" * 70_000)),
}


@pytest.mark.parametrize("what", ARCHIVES)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_hostile_archive_is_refused(service: Service, ada: Person, what: str) -> None:
    with service.client(ada, **{"Content-Type": TYPES["zip"]}) as client:
        answer = client.post("/v1/instances", content=ARCHIVES[what]())
    assert answer.status_code == 422, answer.text
    assert answer.json()["faults"]
    assert "Q" * 61 not in answer.text
    assert "<script" not in answer.text
    assert answer.text.isprintable()


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("xl/workbook.xml", LAUGHS),
        ("xl/worksheets/sheet1.xml", LAUGHS),
        ("xl/sharedStrings.xml", LAUGHS),
        ("xl/sharedStrings.xml", OUTSIDE),
        ("xl/worksheets/sheet2.xml", OUTSIDE),
        ("xl/worksheets/sheet1.xml", b"\x00" * 50_000_000),
        ("xl/worksheets/sheet1.xml", "<a>" * 200_000),
        ("[Content_Types].xml", "<Types/>"),
        ("xl/_rels/workbook.xml.rels", "<Relationships/>"),
    ],
)
def test_a_hostile_workbook_is_refused(
    service: Service, ada: Person, tmp_path: Path, part: str, content: str | bytes
) -> None:
    body = with_part(workbook(tmp_path), part, content)
    with service.client(ada, **{"Content-Type": TYPES["xlsx"]}) as client:
        answer = client.post("/v1/instances", content=body)
    assert answer.status_code == 422, answer.text
    assert answer.json().get("faults") or answer.json()["detail"]
    assert "root:" not in answer.text


def test_formulas_are_refused_by_cell(service: Service, ada: Person, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(tmp_path)))
    book["projects"]["B2"] = '=HYPERLINK("http://example.org","x")'
    book.save(tmp_path / "formula.xlsx")
    body = (tmp_path / "formula.xlsx").read_bytes()
    with service.client(ada, **{"Content-Type": TYPES["xlsx"]}) as client:
        answer = client.post("/v1/instances", content=body)
    assert answer.status_code == 422
    assert any("holds a formula; paste its value instead" in one for one in answer.json()["faults"])
    assert "HYPERLINK" not in answer.text


def test_a_million_projects_are_refused(service: Service, ada: Person) -> None:
    body = b'{"settings": {}, "projects": [' + b"{}," * 999_999 + b"{}]}"
    with service.client(ada, **{"Content-Type": "application/json"}) as client:
        answer = client.post("/v1/instances", content=body)
    assert answer.status_code == 422
    assert any("has 1,000,000 rows" in fault for fault in answer.json()["faults"])


def test_nothing_is_left_of_what_was_refused(service: Service, ada: Person) -> None:
    with service.client(ada) as client:
        client.post("/v1/instances", content=b"PK", headers={"Content-Type": "application/zip"})
    scratch = service.app.state.readers.submissions._folder
    assert [path for path in scratch.iterdir() if path.is_dir()] == []

"""Logs: JSON lines on standard error, and no secret in any of them."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import subprocess
import sys

import jwt
import pytest

from api import logs
from api.logs import CUT, redacted, without_secrets

KEY = "ldst_0123456789abcdef01234567_" + "s3cr3tS3cr3t-S3cr3t_s3cr3tS3cr3tS3cr3tS3cr3"
HOOK = "whsec_" + "c2VjcmV0+/" * 4 + "="
TOKEN = jwt.encode({"sub": "ada"}, "s3cr3t" * 8, algorithm="HS256")
SECRETS = {
    "key": (f"key {KEY} was used", KEY.split("_")[2]),
    "webhook": (f"signs with {HOOK!r}", HOOK[6:]),
    "bearer": ("Authorization: Bearer opaque.s3cr3t", "opaque"),
    "bearer in headers": ("[(b'authorization', b'bearer opaque.s3cr3t')]", "opaque"),
    "basic": ("authorization: Basic YWRhOnMzY3IzdA==", "YWRhOnMz"),
    "token": (f"the token {TOKEN} is no good", TOKEN.split(".")[1]),
    "database": ("no answer from postgresql+psycopg://ada:hunter2@db/x", "hunter2"),
    "database, odd": ("postgresql://ada:hunt/er2@x@db:5432/x?sslmode=require", "er2"),
    "conninfo": ("host=db user=ada password='hunter 2' dbname=x", "hunter"),
    "setting": ("LODESTONE_OIDC_SECRET=hunter2 LODESTONE_PORT=1", "hunter2"),
    "query": ("GET /v1/jobs?api_key=hunter2&limit=3", "hunter2"),
    "json": ('{"password": "hunter2", "port": 1}', "hunter2"),
}
TALK = """
import json, logging, sys, threading, warnings
from api import logs
from api.logs import configure, log
configure()
configure()
said, how = json.loads(sys.stdin.read()), sys.argv[1]
if how == "message":
    log.info(said)
elif how == "standard library":
    logging.getLogger("uvicorn.error").warning("it said %s", said)
elif how == "value":
    log.info("it came", words=said)
elif how == "nested":
    log.info("it came", all={"list": [{"words": said}, (said,)], said: 1})
elif how == "object":
    log.info("it came", trouble=ValueError(said), raw=said.encode())
elif how == "exception":
    try:
        raise ValueError(said)
    except ValueError:
        log.exception("it failed")
elif how == "exception of the standard library":
    try:
        raise ValueError(said)
    except ValueError:
        logging.getLogger("alembic").exception("it failed")
elif how == "extra":
    logging.getLogger("procrastinate").info("it came", extra={"job": {"args": said}})
elif how == "thread":
    thread = threading.Thread(target=lambda: int(said))
    thread.start()
    thread.join()
elif how == "uncaught":
    raise ValueError(said)
"""
WAYS = (
    "message",
    "standard library",
    "value",
    "nested",
    "object",
    "exception",
    "exception of the standard library",
    "extra",
    "thread",
    "uncaught",
)


@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_is_cut_out_of_a_text(kind: str) -> None:
    said, secret = SECRETS[kind]

    shown = without_secrets(said)

    assert secret in said
    assert secret not in shown
    assert CUT in shown


@pytest.mark.parametrize("how", WAYS)
def test_no_secret_gets_into_a_line(how: str) -> None:
    said = "; ".join(text for text, _ in SECRETS.values())
    ended = subprocess.run(
        [sys.executable, "-c", TALK, how],
        input=json.dumps(said),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == (1 if how == "uncaught" else 0), ended.stderr
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    told = json.loads(line)
    assert {"event", "level", "logger", "at", "pid"} <= set(told)
    assert CUT in line, "the words themselves are told"
    for kind, (_, secret) in SECRETS.items():
        assert secret not in line, kind


def test_fields_that_name_a_secret_are_never_shown() -> None:
    event = {
        "event": "it came",
        "password": "hunter2",
        "headers": {"Cookie": "hunter2", "Accept": "text/plain"},
        "client_secret": ["hunter2"],
        "token": None,
    }

    told = redacted(None, "info", event)

    assert "hunter2" not in json.dumps(told)
    assert told["headers"]["Accept"] == "text/plain"
    assert told["token"] is None


def test_what_is_no_secret_stays() -> None:
    for said in (
        "job_4f2c7e9a1b3d5f6071829304 ended after 3.2 s",
        "listening on http://127.0.0.1:8000",
        "postgresql+psycopg://db.example.org/lodestone",
        "projects.csv row 14, country: 'Chile' is not a code",
    ):
        assert without_secrets(said) == said


def test_what_is_nested_without_end_still_ends() -> None:
    loop: dict[str, object] = {}
    loop["again"] = loop

    assert CUT in json.dumps(redacted(None, "info", {"event": "it came", "loop": loop}))


def test_what_a_library_repeats_is_left_out_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand lines of `accept()` are five and one that counts; our own lines are all there."""
    moment = 0.0
    monkeypatch.setattr(logs.time, "monotonic", lambda: moment)
    repeats = logs.Repeats()

    def passed(name: str, words: str, times: int) -> list[logging.LogRecord]:
        records = [
            logging.LogRecord(name, logging.ERROR, __file__, 1, words, (n,), None)
            for n in range(times)
        ]
        return [record for record in records if repeats.filter(record)]

    assert len(passed("asyncio", "socket.accept() out of system resource %s", 1000)) == 5
    assert len(passed("uvicorn.error", "Invalid HTTP request received. %s", 1000)) == 5
    assert len(passed("lodestone", "request %s", 1000)) == 1000
    moment = logs.PERIOD_S
    later = passed("asyncio", "socket.accept() out of system resource %s", 10)
    assert len(later) == 5
    assert later[0].left_out == 995  # type: ignore[attr-defined]


def test_lines_of_any_number_of_kinds_take_no_memory() -> None:
    repeats = logs.Repeats()
    for n in range(3 * logs.MOST_KINDS):
        assert repeats.filter(
            logging.LogRecord("asyncio", logging.ERROR, "", 1, f"line {n}", (), None)
        )
    assert len(repeats._seen) <= logs.MOST_KINDS


def test_lines_go_to_the_standard_error_of_the_moment(capsys: pytest.CaptureFixture[str]) -> None:
    """A line after the first standard error was closed is neither lost nor a trouble of its own."""
    first = io.StringIO()
    with contextlib.redirect_stderr(first):
        logs.configure()
    first.close()

    logs.log.info("it came")

    assert json.loads(capsys.readouterr().err)["event"] == "it came"

"""Settings of the service, from environment variables `LODESTONE_*`, all with working defaults."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

DATABASES = ("postgresql+psycopg://", "sqlite:///")
LISTS = ("webhook_networks", "proxies", "hosts", "origins", "metrics_networks")
"""Settings of several texts."""
ORIGIN = re.compile(r"https?://[^/\s@*]+\Z")
SPARE, SPARE_S = 2.0, 60.0
"""A job is stopped after so many times its own limit and so many seconds, whatever it does."""
Seconds = Annotated[float, Field(gt=0, le=1e7)]


class Settings(BaseSettings):
    """How the service runs; one variable per field, for example `LODESTONE_DATA_DIR`."""

    model_config = SettingsConfigDict(
        env_prefix="LODESTONE_",
        env_ignore_empty=True,
        frozen=True,
        extra="ignore",
        use_attribute_docstrings=True,
    )

    data_dir: Path = Path("lodestone-data")
    """Folder of the embedded database and of all result files; on many machines a shared one."""
    database_url: str = ""
    """`postgresql+psycopg://user:password@host/name`; empty for SQLite in the data folder."""
    scratch_dir: str = ""
    """Folder for files that are of use while a process lives; empty for one in the data folder.
    Where that is shared, better one of the machine's own."""
    host: str = "127.0.0.1"
    """Address to listen on; one that other machines reach must be given as `--host`."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """Port to listen on; 0 takes a free one."""
    workers: Annotated[int, Field(ge=0, le=256)] = 3
    """Worker processes that `serve` starts; 0 where workers run elsewhere."""
    all_workers: Annotated[int, Field(ge=0, le=100_000)] = 0
    """Workers of all machines together, by which they are shared; 0 where `LODESTONE_WORKERS` are
    all."""
    short_workers: Annotated[int, Field(ge=0, le=100_000)] = 1
    """How many of all workers take short jobs only, where there are several organisations; one at
    least takes any."""
    short_job_s: Seconds = 300.0
    """Time limit of its own (`time_limit_s`) up to which a job is short."""
    dispatcher: Annotated[str, Field(pattern="^(poll|procrastinate)$")] = "poll"
    """How workers learn of jobs: by asking the database, or through procrastinate."""
    max_body_bytes: Annotated[int, Field(ge=1024, le=2**31)] = 32 * 2**20
    """Largest body of a submitted instance; other requests have at most 256 KiB."""
    bodies_mb: Annotated[int, Field(ge=1, le=1_000_000)] = 256
    """Bodies of all requests that run, together; one organisation has at most half of it."""
    connections: Annotated[int, Field(ge=64, le=1_000_000)] = 2048
    """Open connections; beyond them one that waits for nothing is closed for each new one."""
    connections_per_address: Annotated[int, Field(ge=16, le=1_000_000)] = 512
    """Open connections of one address, proxies apart."""
    proxies: Annotated[tuple[str, ...], NoDecode] = ()
    """Networks of the proxies whose `X-Forwarded-For` is believed, such as `127.0.0.1/32`."""
    hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Names that requests may be for, with commas between them; empty takes any."""
    origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Origins whose pages may call the service from a browser, such as `https://fund.example`."""
    metrics_networks: Annotated[tuple[str, ...], NoDecode] = ("127.0.0.0/8", "::1/128")
    """Networks that may read `/metrics`; for all others there is none."""
    server_memory_mb: Annotated[int, Field(ge=1024, le=1_000_000)] = 6144
    """Address space of the HTTP server."""
    readers: Annotated[int, Field(ge=1, le=64)] = 2
    """Processes that read and validate what is submitted; one organisation has all but one of them
    at most."""
    view_readers: Annotated[int, Field(ge=1, le=64)] = 2
    """Processes that write reports, comparisons, workbooks and folders of what is kept; shared in
    the same way."""
    reader_memory_mb: Annotated[int, Field(ge=256, le=1_000_000)] = 2048
    """Address space of one of them."""
    reader_time_s: Seconds = 60.0
    """How long reading one submission may take."""
    job_memory_mb: Annotated[int, Field(ge=256, le=1_000_000)] = 8192
    """Address space of one job's processes, each."""
    job_time_s: Seconds = 7200.0
    """Wall-clock limit of a job; the best plan so far is kept."""
    lease_s: Seconds = 30.0
    """How long a worker may be silent before its job is given to another."""
    hang_s: Seconds = 90.0
    """How long server or worker may give no sign of life before it is taken to hang, and ended."""
    max_attempts: Annotated[int, Field(ge=1, le=100)] = 5
    """Starts of a job after which it counts as failed when its worker is lost again."""
    free_disk_mb: Annotated[int, Field(ge=0, le=10_000_000)] = 256
    """Free space under which nothing new is accepted or started."""
    requests_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 1200
    """Requests of one API key in one minute."""
    strangers_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 60
    """Requests without a valid key from one address in one minute."""
    idempotency_s: Seconds = 86400.0
    """How long an idempotency key is remembered."""
    webhook_networks: Annotated[tuple[str, ...], NoDecode] = ()
    """Networks that are not public and that webhooks may reach nevertheless, with commas between
    them, such as `10.1.0.0/16,192.168.7.0/24`."""
    oidc_issuer: str = ""
    """Issuer whose tokens are accepted; empty where only API keys are."""
    oidc_audience: str = ""
    """Audience that a token must name; after it, with commas between, the provider's clients (claim
    `azp`) whose tokens are accepted besides its own, such as `lodestone,lodestone-web`."""
    oidc_token_s: Seconds = 86400.0
    """How long a token may be good for at most."""
    invitation_s: Seconds = 259_200.0
    """How long an invitation may be accepted."""
    key_days: Annotated[int, Field(ge=1, le=36_500)] = 3650
    """Longest life of an API key in days."""
    stop_s: Seconds = 10.0
    """How long open requests and streams may take to end after SIGTERM."""

    @field_validator(*LISTS, mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        """Texts with commas between them, as an environment has them."""
        if not isinstance(value, str):
            return value
        return tuple(text.strip() for text in value.split(",") if text.strip())

    @field_validator("webhook_networks", "proxies", "metrics_networks")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            try:
                ipaddress.ip_network(text)
            except ValueError as trouble:
                raise ValueError(f"{trouble}; write networks such as 10.1.0.0/16") from None
        return value

    @field_validator("origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            if not ORIGIN.match(text):
                raise ValueError(
                    f"{text!r} is no origin; write scheme and host such as https://fund.example"
                )
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        if value and not value.startswith(DATABASES):
            raise ValueError(
                f"is no address of a database; it begins with {' or '.join(DATABASES)}"
            )
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("is no address of an issuer; it begins with https://")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.oidc_issuer) != bool(self.oidc_audience):
            missing, given = ("AUDIENCE", "ISSUER") if self.oidc_issuer else ("ISSUER", "AUDIENCE")
            raise ValueError(f"LODESTONE_OIDC_{given} needs LODESTONE_OIDC_{missing} beside it")
        return self

    def longest_s(self, time_limit_s: float | None) -> float:
        """How long a job with this limit of its own may run: what it does beside solving counts."""
        if time_limit_s is None:
            return self.job_time_s
        return min(self.job_time_s, SPARE * time_limit_s + SPARE_S)

    def is_short(self, time_limit_s: float | None) -> bool:
        """Whether a job with this limit of its own may use the workers kept for short ones."""
        limit = self.job_time_s if time_limit_s is None else time_limit_s
        return limit <= self.short_job_s

    @property
    def scratch(self) -> Path:
        """Folder of scratch folders."""
        place = Path(self.scratch_dir) if self.scratch_dir else self.data_dir / "scratch"
        return place.absolute()

    @property
    def url(self) -> str:
        """Address of the database, for SQLAlchemy."""
        if self.database_url:
            return self.database_url
        return f"sqlite:///{self.data_dir.absolute() / 'lodestone.sqlite'}"

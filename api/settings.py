"""What the service is told by its environment: where things lie, and how much it lets in."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from psycopg.conninfo import make_conninfo

from include.errors import BadConfiguration

MIB = 1 << 20
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?", re.ASCII)


@dataclass(frozen=True)
class Settings:
    """Addresses, folders and limits; sizes in bytes, times in seconds.

    `stream_limit` bounds NDJSON and files, `stream_rows` the rows of NDJSON, `array_limit` and `array_rows` a batch in
    one JSON array. A sender has `headers_within` for a request's headers, `silence` between two parts of its body, and
    the body as a whole must come at `least_rate` bytes a second once `grace` is over. A key may send `rate` requests a
    second, and half as many at once. Of more than `connections` at once the newest are told to try again.
    """

    dsn: str = field(repr=False)
    inbox: Path
    host: str = "127.0.0.1"
    port: int = 8000
    stream_limit: int = 1024 * MIB
    stream_rows: int = 5_000_000
    array_limit: int = 16 * MIB
    array_rows: int = 50_000
    row_limit: int = 262_144
    headers_within: float = 10.0
    silence: float = 15.0
    grace: float = 20.0
    least_rate: float = 8192.0
    rate: int = 120
    failure_delay: float = 0.1
    failure_delay_most: float = 2.0
    journal_seconds: float = 1.5
    journal_rows: int = 1_000
    sweep_seconds: float = 15.0
    notice_seconds: float = 2.0
    connections: int = 400
    bulk: int = 4
    airflow_url: str | None = None
    airflow_user: str = ""
    airflow_password: str = field(default="", repr=False)
    ring_seconds: float = 2.0
    embed_key: str = field(default="", repr=False)
    embed_hosts: tuple[str, ...] = ()
    dashboard_dsn: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """The settings of API_DSN, API_PASSWORD, INBOX, API_HOST, API_PORT, AIRFLOW_URL, AIRFLOW_USER,
        AIRFLOW_PASSWORD, and of API_<NAME> for each limit, such as API_STREAM_LIMIT. Pages are embedded where
        API_EMBED_KEY (signs links), API_EMBED_HOSTS (origins that may frame them) and DASHBOARD_DSN,
        DASHBOARD_PASSWORD (of svc_dashboard) are set. Each secret may lie in a file instead: API_PASSWORD_FILE, …

        :raises BadConfiguration: one that is needed is missing, or a number or an origin is none
        """
        environment = _with_files(environment)
        missing = [name for name in ("API_DSN", "INBOX") if not environment.get(name)]
        if missing:
            raise BadConfiguration(f"{' and '.join(missing)} must be set in the environment")
        numbers: dict[str, int | float] = {}
        for name, described in cls.__dataclass_fields__.items():
            given = environment.get(f"API_{name.upper()}")
            if given and described.type in (int, float):
                try:
                    numbers[name] = (int if described.type is int else float)(given)
                except ValueError:
                    raise BadConfiguration(f"API_{name.upper()} must be a number") from None
                if numbers[name] < 0:
                    raise BadConfiguration(f"API_{name.upper()} must not be below zero")
        hosts = tuple(environment.get("API_EMBED_HOSTS", "").split())
        if not all(_ORIGIN.fullmatch(host) for host in hosts):
            raise BadConfiguration("API_EMBED_HOSTS must be origins like https://app.example.org, with blanks between")
        dashboard = environment.get("DASHBOARD_DSN")
        return cls(
            embed_key=environment.get("API_EMBED_KEY", ""),
            embed_hosts=hosts,
            dashboard_dsn=make_conninfo(dashboard, password=environment.get("DASHBOARD_PASSWORD") or None)
            if dashboard
            else "",
            dsn=make_conninfo(environment["API_DSN"], password=environment.get("API_PASSWORD") or None),
            inbox=Path(environment["INBOX"]),
            host=environment.get("API_HOST") or "127.0.0.1",
            airflow_url=environment.get("AIRFLOW_URL") or None,
            airflow_user=environment.get("AIRFLOW_USER", ""),
            airflow_password=environment.get("AIRFLOW_PASSWORD", ""),
            **numbers,  # type: ignore[arg-type]
        )


def _with_files(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables, with those that a file holds."""
    known = dict(environment)
    for name in ("API_PASSWORD", "AIRFLOW_PASSWORD", "API_EMBED_KEY", "DASHBOARD_PASSWORD"):
        if given := environment.get(f"{name}_FILE"):
            try:
                known[name] = Path(given).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise BadConfiguration(f"{name}_FILE cannot be read ({os.strerror(error.errno or 0)})") from None
    return known

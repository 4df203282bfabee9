"""Where everything lies on this machine: folders, ports, secrets."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote, urlsplit

from deploy.local.trouble import Trouble

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_PORTS = {"AIRFLOW_PORT": 8080, "API_PORT": 8000, "PG_PORT": 5433}
AIRFLOW_USERS = ("admin", "finance", "operations", "auditor", "viewer", "api")
DATABASE_LOGINS = (
    *("svc_airflow", "svc_pipeline", "svc_dbt", "svc_api"),
    *("svc_dashboard", "svc_exporter", "svc_audit", "svc_admin"),
)


@dataclass(frozen=True)
class Machine:
    """The folders and ports of one deployment on one machine.

    `root` is the clone, `state` everything that the commands make (GAUSS_STATE, default `.gauss`).
    """

    root: Path
    state: Path
    environment: Mapping[str, str]

    @classmethod
    def here(cls, environment: Mapping[str, str] = os.environ) -> Machine:
        """This clone, with the state folder that GAUSS_STATE names."""
        return cls(ROOT, Path(environment.get("GAUSS_STATE") or ROOT / ".gauss").absolute(), environment)

    @property
    def venv(self) -> Path:
        """The Python environment; GAUSS_VENV lets several states share one."""
        return Path(self.environment.get("GAUSS_VENV") or self.state / "venv").absolute()

    @property
    def output(self) -> Path:
        """The CSV logs and reports; GAUSS_OUTPUT moves them out of the clone."""
        return Path(self.environment.get("GAUSS_OUTPUT") or self.root / "output").absolute()

    @property
    def inbox(self) -> Path:
        """Where deliveries arrive, one folder per source."""
        return self.state / "inbox"

    @property
    def archive(self) -> Path:
        """Originals by sha256."""
        return self.state / "archive"

    @property
    def spool(self) -> Path:
        """Accepted rows between validate and load."""
        return self.state / "spool"

    @property
    def logs(self) -> Path:
        """One file per service and step; task logs are under `logs/tasks`."""
        return self.state / "logs"

    @property
    def run(self) -> Path:
        """Process ids, chosen ports, marks of what was done."""
        return self.state / "run"

    @property
    def airflow_home(self) -> Path:
        """AIRFLOW_HOME."""
        return self.state / "airflow"

    @property
    def dags(self) -> Path:
        """The DAGs folder, which Airflow's own variable can move."""
        return Path(self.environment.get("AIRFLOW__CORE__DAGS_FOLDER") or self.root / "dags").absolute()

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.venv / "bin" / "python"

    def make_folders(self) -> None:
        """Make what is missing; the state is the owner's alone, since rows and secrets lie in it."""
        self.state.mkdir(parents=True, exist_ok=True)
        for folder in (self.inbox, self.archive, self.spool, self.logs, self.run, self.airflow_home):
            folder.mkdir(mode=0o700, exist_ok=True)
        self.output.mkdir(parents=True, exist_ok=True)

    def port(self, name: str) -> int:
        """A port: from the environment, else as at the last start, else the default.

        Raises:
            Trouble: the environment's value is not a port.
        """
        given = self.environment.get(name)
        if not given:
            return int(self.remembered.get(name, DEFAULT_PORTS[name]))
        if not given.isdecimal() or not 1024 <= int(given) <= 65535:
            raise Trouble(f"{name} is {given!r}: set it to a number from 1024 to 65535.")
        return int(given)

    @property
    def airflow_url(self) -> str:
        """The Airflow UI and REST API."""
        return f"http://127.0.0.1:{self.port('AIRFLOW_PORT')}"

    @property
    def api_url(self) -> str:
        """The API that takes rows and files in."""
        return f"http://127.0.0.1:{self.port('API_PORT')}"

    @property
    def remembered(self) -> dict[str, int]:
        """The ports of the last start."""
        kept = self.run / "ports.json"
        return json.loads(kept.read_text()) if kept.is_file() else {}

    def once_started(self) -> Machine:
        """This machine, if there has been a start; before it there is no password and nobody to ask.

        Raises:
            Trouble: there has been none.
        """
        if not self.remembered:
            raise Trouble("Nothing has been started here yet: run make start.")
        return self

    def remember_ports(self) -> None:
        """Keep the ports, so that later commands find the services without being told again."""
        (self.run / "ports.json").write_text(json.dumps({name: self.port(name) for name in DEFAULT_PORTS}))

    @cached_property
    def secrets(self) -> Secrets:
        """The random passwords and keys."""
        return Secrets(self.state / "secrets")

    @property
    def given_dsn(self) -> str | None:
        """The administrator's DSN that the person gave (GAUSS_DSN), now or at an earlier start."""
        kept = self.state / "secrets/database/given-dsn"
        return self.environment.get("GAUSS_DSN") or (kept.read_text().strip() if kept.is_file() else None)

    def database_dsn(
        self, login: str, database: str = "gauss", driver: str = "postgresql", *, with_password: bool = True
    ) -> str:
        """A libpq URL for one of our logins, on our server or on the given one."""
        address = f"127.0.0.1:{self.port('PG_PORT')}"
        query = ""
        if self.given_dsn:
            given = urlsplit(self.given_dsn)
            address = given.netloc.rpartition("@")[2]
            query = f"?{given.query}" if given.query else ""
        password = f":{quote(self.secrets.password(f'database/{login}'), safe='')}" if with_password else ""
        return f"{driver}://{login}{password}@{address}/{database}{query}"


class Secrets:
    """Random secrets in files of mode 0600, made on first use and then kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        """The file that holds a secret."""
        return self.folder / name

    def password(self, name: str) -> str:
        """A password or signing key of 24 random bytes."""
        return self._kept(name, secrets.token_urlsafe(24))

    def fernet_key(self) -> str:
        """The key with which Airflow encrypts connections."""
        return self._kept("airflow/keys/fernet", base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())

    def keep(self, name: str, value: str) -> None:
        """Write a secret that somebody gave us."""
        target = self.path(name)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        self._kept(name, value)

    def _kept(self, name: str, fresh: str) -> str:
        target = self.path(name)
        if not target.is_file():
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Opened with its final mode: at no moment can anybody else read it.
            with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(fresh + "\n")
        return target.read_text().strip()

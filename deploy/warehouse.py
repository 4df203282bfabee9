"""The warehouse's databases, migrations and passwords, given a DSN that may administrate.

Migrations are the files of `include/sql/ddl/`, in the order of their numbers, forward only. After them come
the files of `include/sql/security/` that the privacy policy is turned into: they may be run any number of
times, and are run whenever they have changed or a migration was applied. Each file runs in one transaction
together with its row in `ops.schema_migrations`, so that a process killed at any moment leaves it either
whole and recorded or absent. `docs/adr/` says why no migration tool stands in between.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from include.errors import BadConfiguration, WarehouseUnavailable

SQL = Path(__file__).resolve().parents[1] / "include" / "sql"
DDL = SQL / "ddl"
SECURITY = SQL / "security"
POLICY_FILES = ("row_security.sql", "reporting_views.sql")
WAREHOUSE = "gauss"
AIRFLOW = "airflow"
AIRFLOW_LOGIN = "svc_airflow"
MAINTENANCE = "postgres"
OLDEST_SERVER = 150_000
NAME = re.compile(r"^(\d{4})_[a-z][a-z0-9_]*\.sql$")
CLUSTER_LOCK = 0x6A055

log = logging.getLogger(__name__)


def create_databases(admin_dsn: str) -> list[str]:
    """Make the databases `gauss` and `airflow` (owned by the login `svc_airflow`) where they are missing.

    Returns the names of those that were made. PUBLIC may connect to neither.

    Raises:
        BadConfiguration: the server is too old, or the DSN's user may not make databases or roles.
        WarehouseUnavailable: the server does not answer.
    """
    made = []
    with _cluster_lock(admin_dsn), _connect(admin_dsn) as connection:
        check_server(connection.info.server_version)
        try:
            _ensure_airflow_login(connection)
            for name, owner in ((WAREHOUSE, None), (AIRFLOW, AIRFLOW_LOGIN)):
                if _ensure_database(connection, name, owner):
                    made.append(name)
        except psycopg.errors.InsufficientPrivilege as error:
            raise BadConfiguration(
                f"The user {connection.info.user} may not make databases and roles: "
                "give it CREATEDB and CREATEROLE, or use a superuser's DSN.",
                code="insufficient_privilege",
            ) from error
    return made


def check_server(version: int) -> None:
    """Refuse a server that lacks what the warehouse is built on (MERGE, views that check the reader's rights).

    `version` is libpq's number: 150018 for 15.18.

    Raises:
        BadConfiguration: it is older than PostgreSQL 15 (`server_too_old`).
    """
    if version < OLDEST_SERVER:
        raise BadConfiguration(
            f"The server is PostgreSQL {version // 10_000}, and 15 or newer is needed: name another in GAUSS_DSN, or "
            "leave it away for a private one.",
            code="server_too_old",
        )


def migrate(admin_dsn: str, folder: Path = DDL, security: Path = SECURITY) -> list[str]:
    """Bring the DSN's database up to date and return the names of the files that were applied.

    Calls wait for each other, across all databases of the cluster, because roles are shared by them. The
    rights to connect are set each time, as neither a clone nor a restored dump carries them.

    Raises:
        BadConfiguration: a file's name or number is wrong, an applied file was changed or is gone, a new file
            comes before an applied one, or PostgreSQL refused a statement; that file left no trace.
        WarehouseUnavailable: the server does not answer.
    """
    database = conninfo_to_dict(admin_dsn).get("dbname") or MAINTENANCE
    if database in (MAINTENANCE, "template0", "template1"):
        raise BadConfiguration(
            f"{database} is the server's own database: name the warehouse's database in the DSN.",
            code="wrong_database",
        )
    migrations = read_migrations(folder)
    with _cluster_lock(admin_dsn), _connect(admin_dsn) as connection:
        connection.execute("set client_min_messages = warning")
        connection.execute("set lock_timeout = '60s'")
        connection.execute("set statement_timeout = 0")
        # A killed run ends on the server as well, instead of going on until its statement is through.
        connection.execute("set client_connection_check_interval = '1s'")
        connection.add_notice_handler(_tell)
        applied = _applied(connection)
        pending = _pending(migrations, applied)
        for name in pending:
            _apply(connection, name, migrations[name])
        for file in POLICY_FILES:
            name, text = f"security/{file}", (security / file).read_text(encoding="utf-8")
            if pending or applied.get(name) != _fingerprint(text):
                _apply(connection, name, text)
                pending.append(name)
        connection.execute((SECURITY / "secure_database.sql").read_bytes())
    return pending


def set_passwords(admin_dsn: str, passwords: Mapping[str, str]) -> None:
    """Set the passwords of logins; the server is given SCRAM verifiers and never sees a password.

    Raises:
        BadConfiguration: a login does not exist, or the DSN's user may not alter it.
        WarehouseUnavailable: the server does not answer.
    """
    with _connect(admin_dsn) as connection, connection.transaction():
        for login, password in passwords.items():
            verifier = connection.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256").decode()
            try:
                connection.execute(
                    sql.SQL("alter role {} password {}").format(sql.Identifier(login), sql.Literal(verifier))
                )
            except (psycopg.errors.UndefinedObject, psycopg.errors.InsufficientPrivilege) as error:
                raise BadConfiguration(
                    f"The password of {login} was not set ({error.sqlstate}): is the database migrated, "
                    f"and may {connection.info.user} alter the login?",
                    code="unknown_login",
                ) from error


def read_migrations(folder: Path = DDL) -> dict[str, str]:
    """The text of each migration by its file's name, in the order of the numbers.

    Raises:
        BadConfiguration: a name is not `NNNN_verb_object.sql`, or two files share a number.
    """
    texts: dict[str, str] = {}
    numbers: dict[str, str] = {}
    for file in sorted(folder.glob("*.sql")):
        named = NAME.match(file.name)
        if named is None:
            raise BadConfiguration(f"{file.name} is not named NNNN_verb_object.sql.", code="bad_migration")
        if named[1] in numbers:
            raise BadConfiguration(f"{numbers[named[1]]} and {file.name} share a number.", code="bad_migration")
        numbers[named[1]] = file.name
        texts[file.name] = file.read_text(encoding="utf-8")
    if not texts:
        raise BadConfiguration(f"There is no migration in {folder}.", code="bad_migration")
    return texts


def _pending(migrations: Mapping[str, str], applied: Mapping[str, str]) -> list[str]:
    applied = {name: fingerprint for name, fingerprint in applied.items() if NAME.match(name)}
    for name, fingerprint in applied.items():
        if name not in migrations:
            raise BadConfiguration(
                f"The database has {name}, which this version does not know: use the version that made it.",
                code="database_is_newer",
            )
        if _fingerprint(migrations[name]) != fingerprint:
            raise BadConfiguration(
                f"{name} was changed after it was applied: restore it, and make the change a new migration.",
                code="migration_changed",
            )
    newest = max(applied, default="")
    pending = [name for name in migrations if name not in applied]
    if late := [name for name in pending if name < newest]:
        raise BadConfiguration(
            f"{late[0]} comes before {newest}, which is applied already: give it the next free number.",
            code="migration_out_of_order",
        )
    return pending


def _applied(connection: psycopg.Connection) -> dict[str, str]:
    there = connection.execute("select to_regclass('ops.schema_migrations') is not null").fetchone()
    if there != (True,):
        return {}
    return dict(connection.execute("select name, sha256 from ops.schema_migrations order by name").fetchall())


def _apply(connection: psycopg.Connection, name: str, text: str) -> None:
    log.info("Applying %s", name)
    try:
        with connection.transaction():
            # Without parameters the driver sends the file as it is: no placeholders, nothing split.
            connection.execute(text.encode())
            connection.execute("reset role")
            connection.execute(
                "insert into ops.schema_migrations (name, sha256) values (%(name)s, %(sha256)s) "
                "on conflict (name) do update set sha256 = excluded.sha256, applied_at = now(), "
                "applied_by = current_user",
                {"name": name, "sha256": _fingerprint(text)},
            )
    except psycopg.OperationalError as error:
        raise WarehouseUnavailable(f"{name} was not applied ({error.sqlstate}); nothing of it remains.") from error
    except psycopg.Error as error:
        # The detail can quote a row; the primary message names objects only.
        raise BadConfiguration(
            f"{name} was not applied and left nothing behind: {error.diag.message_primary} ({error.sqlstate}).",
            code="migration_failed",
        ) from error


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _tell(notice: psycopg.errors.Diagnostic) -> None:
    log.warning("%s %s", notice.message_primary, notice.message_hint or "")


@contextmanager
def _connect(dsn: str) -> Iterator[psycopg.Connection]:
    try:
        connection = psycopg.connect(dsn, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        host = conninfo_to_dict(dsn).get("host") or "the local server"
        raise WarehouseUnavailable(f"PostgreSQL at {host} does not answer, or refused the login.") from error
    with connection:
        yield connection


@contextmanager
def _cluster_lock(admin_dsn: str) -> Iterator[None]:
    """One administrator at a time in the whole cluster: advisory locks are per database, roles are not."""
    try:
        keeper = psycopg.connect(make_conninfo(admin_dsn, dbname=MAINTENANCE), autocommit=True, connect_timeout=10)
    except psycopg.OperationalError:
        # A managed server may keep its maintenance database to itself; then our own database has to do.
        with _connect(admin_dsn) as keeper:
            keeper.execute("select pg_advisory_lock(%(key)s)", {"key": CLUSTER_LOCK})
            yield
        return
    with keeper:
        keeper.execute("select pg_advisory_lock(%(key)s)", {"key": CLUSTER_LOCK})
        yield


def _ensure_airflow_login(connection: psycopg.Connection) -> None:
    known = connection.execute("select 1 from pg_roles where rolname = %(name)s", {"name": AIRFLOW_LOGIN}).fetchone()
    if known is None:
        connection.execute(sql.SQL("create role {} login").format(sql.Identifier(AIRFLOW_LOGIN)))
    superuser = connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone()
    if superuser != (True,):
        # To make a database for somebody else one has to be able to act as them.
        connection.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(AIRFLOW_LOGIN)))


def _ensure_database(connection: psycopg.Connection, name: str, owner: str | None) -> bool:
    if connection.execute("select 1 from pg_database where datname = %(name)s", {"name": name}).fetchone():
        return False
    # template0, because another session in template1 would make this fail.
    statement = sql.SQL("create database {} template template0 encoding 'UTF8'").format(sql.Identifier(name))
    if owner:
        statement += sql.SQL(" owner {}").format(sql.Identifier(owner))
    connection.execute(statement)
    connection.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(name)))
    return True

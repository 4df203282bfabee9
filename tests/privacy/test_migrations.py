"""Migrations: forward only, all or nothing, the same on an empty, an older and a current database."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from deploy.local.postgres import Postgres
from deploy.warehouse import DDL, POLICY_FILES, create_databases, migrate, read_migrations, set_passwords
from include.errors import BadConfiguration, WarehouseUnavailable
from tests.conftest import FASTER_THAN_SAFE, LOGINS, ROOT, Server, Warehouse, free_port

CATALOGUE = """
    select 'relation', c.oid::regclass::text, c.relkind::text || c.relrowsecurity || c.relforcerowsecurity
        || coalesce(c.reloptions::text, ''), pg_get_userbyid(c.relowner), coalesce(c.relacl::text, '')
    from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname !~ '^(pg_|information_schema)'
    union all
    select 'policy', polrelid::regclass::text, polname, coalesce(pg_get_expr(polqual, polrelid), ''), polroles::text
    from pg_policy
    union all
    select 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), '' from pg_constraint
    union all
    select 'function', oid::regprocedure::text, prosrc, pg_get_userbyid(proowner), coalesce(proacl::text, '')
    from pg_proc where pronamespace::regnamespace::text !~ '^(pg_|information_schema|extensions)'
    union all
    select 'schema', nspname, '', pg_get_userbyid(nspowner), coalesce(nspacl::text, '') from pg_namespace
    where nspname !~ '^pg_'
    union all
    select 'migration', name, sha256, applied_at::text, applied_by from ops.schema_migrations
    order by 1, 2, 3, 4, 5
"""


def catalogue(dsn: str, *, with_times: bool = True) -> list[tuple[str, ...]]:
    """Everything that migrations make, as rows that can be compared."""
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(CATALOGUE).fetchall()
    return rows if with_times else [row for row in rows if row[0] != "migration"]


def wait_until(happened: Callable[[], bool]) -> None:
    """Wait at most half a minute."""
    for _ in range(300):
        if happened():
            return
        time.sleep(0.1)
    raise AssertionError("it did not happen within 30 seconds")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the migrations that a test may change."""
    return Path(shutil.copytree(DDL, tmp_path / "ddl"))


def test_a_second_run_changes_nothing(warehouse: Warehouse) -> None:
    before = catalogue(warehouse.admin_dsn)
    assert migrate(warehouse.admin_dsn) == []
    assert catalogue(warehouse.admin_dsn) == before


def test_an_older_database_becomes_the_same_as_a_new_one(
    empty_database: Warehouse, warehouse: Warehouse, tmp_path: Path
) -> None:
    security = tmp_path / "security"
    security.mkdir()
    for name in POLICY_FILES:
        (security / name).write_text("select 'a policy of its time';")
    for name in read_migrations():
        shutil.copy(DDL / name, tmp_path)
        assert name in migrate(empty_database.admin_dsn, tmp_path, security)
    assert migrate(empty_database.admin_dsn) == [f"security/{name}" for name in POLICY_FILES]
    assert catalogue(empty_database.admin_dsn, with_times=False) == catalogue(warehouse.admin_dsn, with_times=False)


def test_a_failing_migration_leaves_no_trace(warehouse: Warehouse, folder: Path) -> None:
    broken = folder / "9000_break_things.sql"
    broken.write_text("create table core.half_made (a integer); select 1 / 0;")
    with pytest.raises(BadConfiguration, match=r"9000_break_things\.sql was not applied.*\(22012\)"):
        migrate(warehouse.admin_dsn, folder)
    with psycopg.connect(warehouse.admin_dsn) as connection:
        assert connection.execute("select to_regclass('core.half_made')").fetchone() == (None,)
    broken.write_text("create table core.half_made (a integer);")
    assert "9000_break_things.sql" in migrate(warehouse.admin_dsn, folder)


def test_a_killed_run_leaves_no_trace_and_no_lock(warehouse: Warehouse, folder: Path) -> None:
    slow = folder / "9000_be_slow.sql"
    slow.write_text("create table core.half_made (a integer); select pg_sleep(60);")
    program = "import sys, pathlib, deploy.warehouse as w; w.migrate(sys.argv[1], pathlib.Path(sys.argv[2]))"
    run = subprocess.Popen([sys.executable, "-c", program, warehouse.admin_dsn, str(folder)], cwd=ROOT)
    with psycopg.connect(warehouse.admin_dsn, autocommit=True) as connection:
        sleeping = "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()"
        wait_until(lambda: connection.execute(sleeping).fetchone() == (1,))
        run.kill()
        run.wait()
    slow.write_text("create table core.half_made (a integer);")
    started = time.monotonic()
    assert "9000_be_slow.sql" in migrate(warehouse.admin_dsn, folder)
    assert time.monotonic() - started < 30


def test_a_role_taken_inside_a_migration_ends_with_it(warehouse: Warehouse, folder: Path) -> None:
    (folder / "9000_add_one.sql").write_text("set role owner_core; create table core.one (a integer);")
    (folder / "9001_add_two.sql").write_text("create schema needs_more_than_owner_core;")
    assert migrate(warehouse.admin_dsn, folder)[:2] == ["9000_add_one.sql", "9001_add_two.sql"]


def test_an_applied_file_must_not_change(warehouse: Warehouse, folder: Path) -> None:
    first = next(iter(read_migrations(folder)))
    with (folder / first).open("a") as file:
        file.write("-- an afterthought\n")
    with pytest.raises(BadConfiguration, match=f"{first} was changed after it was applied"):
        migrate(warehouse.admin_dsn, folder)


def test_a_database_from_a_newer_version_is_refused(warehouse: Warehouse, folder: Path) -> None:
    newest = list(read_migrations(folder))[-1]
    (folder / newest).unlink()
    with pytest.raises(BadConfiguration, match=f"The database has {newest}"):
        migrate(warehouse.admin_dsn, folder)


def test_a_file_squeezed_in_between_is_refused(warehouse: Warehouse, folder: Path) -> None:
    (folder / "0000_come_first.sql").write_text("select 1;")
    with pytest.raises(BadConfiguration, match=r"0000_come_first\.sql comes before"):
        migrate(warehouse.admin_dsn, folder)


@pytest.mark.parametrize("name", ["7_short.sql", "0042-dashes.sql", "0042_Upper.sql"])
def test_a_badly_named_file_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_text("select 1;")
    with pytest.raises(BadConfiguration, match=r"is not named NNNN_verb_object\.sql"):
        read_migrations(folder)


def test_two_files_may_not_share_a_number(folder: Path) -> None:
    (folder / "0001_other.sql").write_text("select 1;")
    with pytest.raises(BadConfiguration, match="share a number"):
        read_migrations(folder)


def test_the_servers_own_database_is_never_migrated(postgres_server: Server) -> None:
    with pytest.raises(BadConfiguration, match="server's own database"):
        migrate(postgres_server.dsn("postgres"))


def test_a_server_that_does_not_answer_is_unavailable() -> None:
    with pytest.raises(WarehouseUnavailable):
        migrate("postgresql://nobody@127.0.0.1:1/gauss")


def test_two_at_once_wait_for_each_other(empty_database: Warehouse) -> None:
    applied: list[list[str]] = []
    threads = [threading.Thread(target=lambda: applied.append(migrate(empty_database.admin_dsn))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(len, applied)) == [0, 0, len(read_migrations()) + len(POLICY_FILES)]


def test_a_user_who_may_make_roles_and_databases_is_enough(tmp_path: Path) -> None:
    """A managed server gives no superuser away; here on a cluster whose roles are all made by such a user."""
    postgres = Postgres(tmp_path / "postgres", free_port(), settings=FASTER_THAN_SAFE)
    postgres.start()
    try:
        with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
            connection.execute("create role boss login createdb createrole password 'secret'")
        assert create_databases(postgres.dsn(user="boss", password="secret")) == ["gauss", "airflow"]
        boss = postgres.dsn("gauss", user="boss", password="secret")
        assert len(migrate(boss)) == len(read_migrations()) + len(POLICY_FILES)
        assert migrate(boss) == []
        set_passwords(boss, {"svc_pipeline": "other secret"})
        with psycopg.connect(postgres.dsn("gauss", "svc_pipeline", "other secret")) as connection:
            assert connection.execute("select count(*) from core.expenses").fetchone() == (0,)
    finally:
        postgres.remove()


def test_passwords_reach_the_server_as_scram_verifiers_only(warehouse: Warehouse) -> None:
    with psycopg.connect(warehouse.admin_dsn) as connection:
        kept = connection.execute(
            "select rolname, rolpassword from pg_authid where rolname = any(%s)", [list(LOGINS)]
        ).fetchall()
    assert sorted(name for name, _ in kept) == sorted(LOGINS)
    assert all(verifier.startswith("SCRAM-SHA-256$") for _, verifier in kept)
    for login in LOGINS:
        with psycopg.connect(warehouse.dsn(login)) as connection:
            assert connection.execute("select session_user::text").fetchone() == (login,)


def test_a_password_for_an_unknown_login_is_refused_with_its_name(warehouse: Warehouse) -> None:
    with pytest.raises(BadConfiguration, match="svc_nobody"):
        set_passwords(warehouse.admin_dsn, {"svc_nobody": "secret"})


def test_the_two_databases_are_made_once(postgres_server: Server) -> None:
    assert create_databases(postgres_server.dsn()) == ["gauss", "airflow"]
    assert create_databases(postgres_server.dsn()) == []
    set_passwords(postgres_server.dsn(), {"svc_airflow": postgres_server.password})
    with psycopg.connect(postgres_server.dsn("airflow", "svc_airflow")) as connection:
        connection.execute("create table public.mine (a integer)")
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(postgres_server.dsn("gauss", "svc_airflow"))

"""The server falls, or its disk is full, in the middle of a load: nothing half, a clear error, and the next try passes."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from deploy.local.machine import Machine
from deploy.local.postgres import Postgres
from deploy.warehouse import migrate
from include.ingest import collecting
from plugins.hooks.warehouse import _without_values
from tests.conftest import ROOT, TEMPLATE, Server, _make_template, free_port, fresh_warehouse
from tests.faults.injecting import held, is_root, mounted, resize, start, wait_for_lock
from tests.faults.invariants import check
from tests.faults.profiles import use
from tests.faults.road import Road, amounts, row, write_profile

SECRET = "a name that no log may show"
ROWS = [row(f"N{number}", number, who=SECRET) for number in range(1, 2001)]
TRUTH = amounts({f"N{number}": number for number in range(1, 2001)})


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that these tests may crash; it writes to disk as a real one does."""
    server = Server(Postgres(tmp_path_factory.mktemp("server") / "postgres", free_port()), "a password")
    server.postgres.start()
    _make_template(server)
    yield server
    server.postgres.remove()


@pytest.fixture
def own_road(own_server: Server, tmp_path: Path, make_road: Callable[..., Road]) -> Iterator[Road]:
    """A road on that server."""
    folder = make_road().folder
    with fresh_warehouse(own_server) as warehouse:
        yield Road(warehouse.dsn("svc_pipeline"), warehouse.admin_dsn, folder)


def crash(server: Server) -> None:
    """End the server at once, without a checkpoint, and start it again."""
    pid = int((server.postgres.place / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGQUIT)
    while server.postgres.is_running():
        time.sleep(0.05)
    server.postgres.start()


@pytest.mark.parametrize(
    "moment", ["lock table core.expenses in exclusive mode", "lock table ops.ledger in exclusive mode"]
)
def test_a_server_restarted_mid_load_leaves_nothing_and_the_retry_brings_all_home(
    own_server: Server, own_road: Road, moment: str
) -> None:
    own_road.ledger("2026-03-01.csv", *ROWS)
    with pytest.raises(psycopg.OperationalError), held(own_road.admin_dsn, moment):
        process = start(own_road, "run")
        wait_for_lock(own_road.admin_dsn)
        crash(own_server)
    _, told = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "psycopg.errors.AdminShutdown" in told.decode() or "OperationalError" in told.decode()
    assert SECRET not in told.decode()
    check(own_road.query, truth={})
    own_road.travel("run")
    check(own_road.query, truth=TRUTH, secrets=[SECRET])
    assert SECRET not in own_server.postgres.log.read_text(errors="replace")


def test_a_server_that_is_away_is_worth_another_try(own_server: Server, own_road: Road) -> None:
    own_road.bring("2026-02-28.csv", row("Z", 9))
    own_server.postgres.stop()
    try:
        with pytest.raises(psycopg.OperationalError) as away:
            own_road.travel()
    finally:
        own_server.postgres.start()
    told = _without_values(away.value)
    assert (type(told).__name__, told.code) == ("WarehouseUnavailable", "warehouse_unavailable")
    check(own_road.query, truth=amounts({"Z": 9}))


@pytest.fixture
def tight_road(own_server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Road, Path]]:
    """A road whose database lies on a small disk of its own."""
    folder = Path(tempfile.mkdtemp(prefix="gauss-faults-", dir="/var/tmp"))
    folder.chmod(0o755)
    write_profile(folder / "road" / "profiles", "ledger")
    use(folder / "road" / "profiles", monkeypatch.setattr)
    with mounted(folder / "disk", "400m") as disk:
        owner = own_server.postgres.place.stat()
        home = disk / "tablespace"
        home.mkdir()
        os.chown(home, owner.st_uid, owner.st_gid)
        os.chown(disk, owner.st_uid, owner.st_gid)
        names = {"place": sql.Literal(str(home)), "template": sql.Identifier(TEMPLATE)}
        own_server.execute(sql.SQL("create tablespace tight location {place}").format(**names))
        own_server.execute(sql.SQL("create database tight template {template} tablespace tight").format(**names))
        migrate(own_server.dsn("tight"))
        yield Road(own_server.dsn("tight", "svc_pipeline"), own_server.dsn("tight"), folder / "road"), disk
        own_server.execute(sql.SQL("drop database tight with (force)"))
        own_server.execute(sql.SQL("drop tablespace tight"))
    shutil.rmtree(folder)


@pytest.mark.skipif(not is_root(), reason="only root may mount a small disk")
def test_a_full_database_disk_aborts_the_load_and_once_there_is_room_it_passes(
    tight_road: tuple[Road, Path],
) -> None:
    road, disk = tight_road
    road.bring("2026-02-28.csv", row("Z", 9))
    road.ledger("2026-03-01.csv", *ROWS)
    with psycopg.connect(road.dsn) as connection:
        road.collect(connection, "run")
        road.validate(connection, "run")
    with psycopg.connect(road.admin_dsn, autocommit=True) as connection:
        connection.execute("checkpoint")
    used = shutil.disk_usage(disk).used
    resize(disk, str(used + (64 << 10)))
    for _ in range(2):
        with psycopg.connect(road.dsn) as connection, pytest.raises(psycopg.errors.DiskFull) as full:
            road.load(connection, "run")
        told = _without_values(full.value)
        assert (type(told).__name__, told.code) == ("WarehouseUnavailable", "disk_full")
        assert SECRET not in str(told)
        resize(disk, str(used + (512 << 10)))
    resize(disk, "400m")
    check(road.query, truth=amounts({"Z": 9}))
    road.travel("run")
    check(road.query, truth=TRUTH | amounts({"Z": 9}))


def test_make_rejects_writes_a_file_for_its_owner_only(
    own_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_server.execute(sql.SQL("drop database if exists gauss with (force)"))
    own_server.execute(sql.SQL("create database gauss template {}").format(sql.Identifier(TEMPLATE)))
    migrate(own_server.dsn("gauss"))
    monkeypatch.setattr(collecting, "SETTLE_SECONDS", 0)
    use(ROOT / "include" / "sources", monkeypatch.setattr)
    road = Road(own_server.dsn("gauss", "svc_pipeline"), own_server.dsn("gauss"), tmp_path)
    header = "Check/Payment Date,Dept. Descrptn,Vendor Name,Commitmt Item Name,Invoice Net Amt"
    good = [f"10/{day:02}/2017,Fire,ACME,Paint,5.00" for day in range(1, 31)]
    road.drop("phoenix", "october-2017.csv", "\n".join([header, *good, f"10/31/2017,Fire,{SECRET},Paint,5x", ""]))
    assert road.travel().ends == [("loaded", None)]

    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= {"GAUSS_STATE": str(tmp_path / "state"), "GAUSS_DSN": own_server.dsn(), "GAUSS_VENV": sys.prefix}
    password = Machine(ROOT, tmp_path / "state", environment).secrets.path("database/svc_pipeline")
    password.parent.mkdir(parents=True)
    password.write_text(own_server.password)
    told = subprocess.run(
        [sys.executable, "-m", "scripts.export_rejects"],
        env=environment | {"SOURCE": "phoenix"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert SECRET not in told.stdout
    (exported,) = (tmp_path / "state" / "rejects" / "phoenix").iterdir()
    assert stat.S_IMODE(exported.stat().st_mode) == 0o600
    assert stat.S_IMODE(exported.parent.stat().st_mode) == 0o700
    road.drop("phoenix", exported.name, exported.read_text(encoding="utf-8-sig").replace("5x", "5"))
    assert [load.inserted for load in road.travel().loads] == [1]

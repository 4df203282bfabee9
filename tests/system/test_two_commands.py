"""make start ends with the summary, again changes nothing, mends what is half up; make stop leaves nothing running.

The tests stand in the order of a day and share one system.
"""

from __future__ import annotations

import os
import signal
import stat
import subprocess
from dataclasses import replace

import pytest

from deploy.local import services
from deploy.local.processes import Service
from tests.slack.server import FakeSlack
from tests.system.conftest import System

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system"), pytest.mark.timeout(900)]


def test_the_first_start_ends_with_the_summary_the_links_and_the_login(system: System) -> None:
    words = system.first_words
    assert "ingest_validate_load ran" in words
    summary = next(line for line in words.splitlines() if line.lstrip().startswith("expenses "))
    assert "KES" in summary
    assert system.machine.airflow_url in words
    assert f"admin  {system.machine.secrets.password('airflow/admin')}" in words


def test_the_expenses_of_the_sample_are_home(system: System) -> None:
    rows, _ = system.fingerprint()["core.expenses"]
    assert rows > 10_000


def test_every_part_is_healthy_and_listens_on_this_machine_only(system: System) -> None:
    status = system.make("status")
    assert status.returncode == 0, status.stdout + status.stderr
    listening = subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True, check=True).stdout
    pids = {str(service.pid) for service in services.services(system.machine)}
    ours = [line.split()[3] for line in listening.splitlines() if any(f"pid={pid}," in line for pid in pids)]
    ports = {str(system.machine.port(name)) for name in ("AIRFLOW_PORT", "API_PORT", "PG_PORT")}
    ours += [line.split()[3] for line in listening.splitlines() if line.split()[3].rpartition(":")[2] in ports]
    assert ours
    assert [address for address in ours if not address.startswith("127.0.0.1:")] == []


def test_every_secret_is_its_owners_alone(system: System) -> None:
    files = [file for file in (system.machine.state / "secrets").rglob("*") if file.is_file()]
    assert len(files) > 10
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_the_export_lines_open_the_warehouse(system: System) -> None:
    lines = system.make("env").stdout
    for name in (
        *("AIRFLOW_URL", "AIRFLOW_USER", "AIRFLOW_PASSWORD", "API_URL", "API_KEY"),
        *("WAREHOUSE_DSN", "INBOX", "OUTPUT"),
    ):
        assert f"export {name}=" in lines
    assert "export API_KEY=gauss_" in lines


def test_messages_wait_for_a_connection_and_are_sent_when_somebody_asks(system: System) -> None:
    assert "message(s) wait for the next run, or for make outbox" in system.make("status").stdout
    refused = system.make("outbox")
    assert refused.returncode != 0
    assert "There is no connection slack" in refused.stdout + refused.stderr
    with FakeSlack() as slack:
        environment = system.environment | {"AIRFLOW_CONN_SLACK": slack.bot_connection}
        sent = replace(system, environment=environment).make("outbox")
        assert sent.returncode == 0, sent.stdout + sent.stderr
        assert any("ingest_validate_load" in text for text in slack.texts)
    assert "no message waits" in system.make("status").stdout


def test_a_second_start_changes_no_row_and_starts_no_run(system: System) -> None:
    before = system.fingerprint()
    runs = services.api(system.machine).runs()
    again = system.make("start")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "nothing new to run" in again.stdout
    assert system.fingerprint() == before
    assert services.api(system.machine).runs() == runs


def test_what_is_half_up_is_made_whole(system: System) -> None:
    triggerer = Service("triggerer", system.machine.run)
    others = {service.name: service.pid for service in services.services(system.machine)}
    assert triggerer.pid is not None
    os.kill(triggerer.pid, signal.SIGKILL)
    again = system.make("start")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "triggerer started" in again.stdout
    after = {service.name: service.pid for service in services.services(system.machine)}
    assert after.pop("triggerer") != others.pop("triggerer")
    assert after == others


def test_stop_leaves_no_process(system: System) -> None:
    assert system.processes()
    stopped = system.make("stop")
    assert stopped.returncode == 0, stopped.stdout + stopped.stderr
    assert system.processes() == []

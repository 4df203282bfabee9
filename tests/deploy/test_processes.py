"""A service is stopped with all that it started, and a stranger with its old process id is left alone."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.processes import Service, session_members, started_at

PARENT = "import subprocess, time; subprocess.Popen(['sleep', '60']); print('up', flush=True); time.sleep(60)"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = Service("sleeper", tmp_path)
    yield service
    service.stop(patience=1)


def start(service: Service, program: str = PARENT) -> int:
    log = service.folder / "log"
    service.start([sys.executable, "-c", program], os.environ, log, service.folder)
    wait_for(lambda: "up" in log.read_text())
    pid = service.pid
    assert pid is not None
    return pid


def wait_for(condition, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.05)


def test_a_service_ends_with_its_children(service: Service) -> None:
    pid = start(service)
    wait_for(lambda: len(session_members(pid)) == 2)
    assert service.stop()
    assert service.pid is None
    wait_for(lambda: session_members(pid) == [])


def test_children_that_outlived_their_service_are_ended_too(service: Service) -> None:
    pid = start(service)
    wait_for(lambda: len(session_members(pid)) == 2)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    assert service.pid is None
    assert service.stop()
    wait_for(lambda: session_members(pid) == [])


def test_a_service_that_ignores_the_request_is_ended_by_force(service: Service) -> None:
    ignoring = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    pid = start(service, ignoring)
    assert service.stop(patience=0.3)
    wait_for(lambda: started_at(pid) == "")


def test_a_stranger_with_the_old_process_id_is_left_alone(service: Service) -> None:
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as stranger:
        try:
            kept = {"pid": stranger.pid, "started_at": "an earlier boot"}
            (service.folder / "sleeper.json").write_text(json.dumps(kept))
            assert service.pid is None
            assert not service.stop()
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_stopping_what_never_started_does_nothing(service: Service) -> None:
    assert not service.stop()

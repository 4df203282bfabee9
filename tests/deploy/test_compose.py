"""docker-compose.yaml: no secret in it, nothing published beyond this machine, and Docker Compose takes it."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from deploy.docker import secrets
from deploy.local.machine import ROOT

FILE = ROOT / "docker-compose.yaml"
SERVICES = yaml.safe_load(FILE.read_text())["services"]
SECRET_WORDS = ("PASSWORD", "SECRET", "FERNET", "DSN", "SQL_ALCHEMY_CONN")


def program() -> str:
    beside = Path(sys.executable).parent / "docker-compose"
    found = str(beside) if beside.exists() else shutil.which("docker-compose")
    if not found:
        pytest.skip("docker-compose is not here")
    return found


def test_every_secret_has_to_be_given() -> None:
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if any(word in variable for word in SECRET_WORDS) and variable != "POSTGRES_INITDB_ARGS":
                assert ":?" in str(value), f"{name}: {variable}"


def test_ports_are_published_on_this_machine_only() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert [port for port in ports if not str(port).startswith("127.0.0.1:")] == []


def test_the_secrets_that_are_made_are_those_that_are_asked_for(tmp_path: Path) -> None:
    asked_for = {part.partition("}")[0].partition(":")[0] for part in FILE.read_text().split("${") if ":?" in part[:60]}
    assert asked_for <= set(secrets.values())
    assert secrets.write(tmp_path / "compose.env")
    assert not secrets.write(tmp_path / "compose.env")
    assert stat.S_IMODE((tmp_path / "compose.env").stat().st_mode) == 0o600


def test_docker_compose_takes_it_with_its_secrets_and_refuses_it_without(tmp_path: Path) -> None:
    secrets.write(tmp_path / "compose.env")
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("PASSWORD_OF", "AIRFLOW", "POSTGRES"))
    }
    command = [program(), "--file", str(FILE), "config", "--quiet"]
    refused = subprocess.run(command, env=clean, capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert "make secrets" in refused.stderr
    command[1:1] = ["--env-file", str(tmp_path / "compose.env")]
    taken = subprocess.run(command, env=clean, capture_output=True, text=True, check=False)
    assert taken.returncode == 0, taken.stderr

"""Airflow's configuration: nothing beyond this machine, no secret but in files of mode 0600."""

import configparser
import stat
from pathlib import Path

from deploy.local import airflow_home
from deploy.local.machine import Machine
from deploy.local.services import COMMANDS


def machine(tmp_path: Path) -> Machine:
    made = Machine.here({"GAUSS_STATE": str(tmp_path), "GAUSS_OUTPUT": str(tmp_path / "output")})
    made.make_folders()
    return made


def test_nothing_listens_beyond_this_machine(tmp_path: Path) -> None:
    sections = airflow_home.configuration(machine(tmp_path))
    assert sections["api"]["host"] == "127.0.0.1"
    assert sections["scheduler"]["scheduler_health_check_server_host"] == "127.0.0.1"
    assert "--skip-serve-logs" in COMMANDS["scheduler"]
    assert "--skip-serve-logs" in COMMANDS["triggerer"]


def test_the_file_is_its_owners_alone_and_stays_the_same(tmp_path: Path) -> None:
    here = machine(tmp_path)
    airflow_home.write(here)
    file = here.airflow_home / "airflow.cfg"
    first = file.read_text()
    airflow_home.write(here)
    assert file.read_text() == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    parser = configparser.RawConfigParser()
    parser.read(file)
    assert parser["core"]["fernet_key"] == here.secrets.fernet_key()


def test_no_secret_is_in_the_environment_of_a_service(tmp_path: Path) -> None:
    here = machine(tmp_path)
    airflow_home.write(here)
    handed_over = "\n".join(airflow_home.airflow_variables(here).values())
    kept = [file.read_text().strip() for file in (here.state / "secrets").rglob("*") if file.is_file()]
    assert kept
    assert not [secret for secret in kept if secret in handed_over]

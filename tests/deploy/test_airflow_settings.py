"""airflow_settings.yaml is read as Astro's tool reads it, and a slip in it is told in one sentence."""

from pathlib import Path

import pytest

from deploy.local.airflow_database import WAREHOUSE_LOGINS
from deploy.local.airflow_settings import Settings, read
from deploy.local.machine import ROOT
from deploy.local.trouble import Trouble


def settings_of(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "airflow_settings.yaml"
    file.write_text(text)
    return read(file)


def test_connections_pools_and_variables_are_read(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path,
        """
airflow:
  connections:
    - {conn_id: w, conn_type: postgres, conn_host: h, conn_schema: s, conn_login: l, conn_port: 1, conn_extra: {a: 1}}
  pools:
    - {pool_name: p, pool_slot: 3, pool_description: Three at a time}
  variables:
    - {variable_name: v, variable_value: {deep: true}}
""",
    )
    assert settings.connections["w"] == {
        "conn_type": "postgres",
        "host": "h",
        "schema": "s",
        "login": "l",
        "port": 1,
        "extra": '{"a": 1}',
    }
    assert settings.pools == {"p": (3, "Three at a time")}
    assert settings.variables == {"v": '{"deep": true}'}


def test_the_empty_template_of_astro_asks_for_nothing(tmp_path: Path) -> None:
    text = """
airflow:
  connections:
    - {conn_id: , conn_type: , conn_host: , conn_schema: , conn_login: , conn_password: , conn_port: , conn_extra: }
  pools:
    - {pool_name: , pool_slot: , pool_description: }
  variables:
    - {variable_name: , variable_value: }
"""
    assert settings_of(tmp_path, text) == Settings()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("airflow: [", "is not YAML"),
        ("- a", "one key at the top"),
        ("airflow: {conections: []}", "not known: conections"),
        ("airflow: {pools: [{pool_name: a, slots: 1}]}", "slots is not known"),
        ("airflow: {pools: [{pool_name: a}, {pool_name: a}]}", "a appears twice"),
        ("airflow: {connections: [{conn_id: w, conn_password: x}]}", "holds a password of the connection w"),
    ],
)
def test_a_slip_is_told(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(Trouble, match=words):
        settings_of(tmp_path, text)


def test_the_projects_own_file_holds_the_warehouse() -> None:
    settings = read(ROOT / "airflow_settings.yaml")
    assert {name: settings.connections[name]["login"] for name in WAREHOUSE_LOGINS} == WAREHOUSE_LOGINS
    assert "warehouse" in settings.pools

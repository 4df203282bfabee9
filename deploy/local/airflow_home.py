"""Airflow's configuration on one machine: what is written to airflow.cfg, and what its processes inherit."""

from __future__ import annotations

import configparser
import os

from deploy.local.environment import variables
from deploy.local.machine import Machine

SETTINGS_FILE = "airflow_settings.yaml"


def configuration(machine: Machine) -> dict[str, dict[str, str]]:
    """The sections of airflow.cfg: LocalExecutor, FAB, nothing beyond 127.0.0.1, brisk on two cores."""
    secrets = machine.secrets
    return {
        "core": {
            "dags_folder": str(machine.dags),
            "plugins_folder": str(machine.root / "plugins"),
            "executor": "LocalExecutor",
            "parallelism": str(2 * (os.cpu_count() or 2)),
            "auth_manager": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
            "load_examples": "False",
            "default_task_retry_delay": "30",
            "fernet_key": secrets.fernet_key(),
            "execution_api_server_url": f"{machine.airflow_url}/execution/",
        },
        "database": {
            "sql_alchemy_conn": machine.database_dsn("svc_airflow", "airflow", "postgresql+psycopg2"),
        },
        "api": {
            "instance_name": "Gauss Pipelines",
            "base_url": machine.airflow_url,
            "host": "127.0.0.1",
            "port": str(machine.port("AIRFLOW_PORT")),
            "workers": "1",
            "secret_key": secrets.password("airflow/keys/api"),
        },
        "api_auth": {"jwt_secret": secrets.password("airflow/keys/jwt")},
        "scheduler": {
            "scheduler_health_check_server_host": "127.0.0.1",
            "scheduler_heartbeat_sec": "2",
            "scheduler_idle_sleep_time": "0.5",
        },
        "dag_processor": {
            "parsing_processes": "1",
            "refresh_interval": "30",
            "min_file_process_interval": "30",
        },
        "logging": {
            "base_log_folder": str(machine.logs / "tasks"),
            "dag_processor_child_process_log_directory": str(machine.logs / "dag-files"),
            "colored_console_log": "False",
        },
        "usage_data_collection": {"enabled": "False"},
    }


def write(machine: Machine) -> None:
    """Write airflow.cfg with mode 0600, since keys and a database password are in it."""
    parser = configparser.RawConfigParser()
    parser.read_dict(configuration(machine))
    target = machine.airflow_home / "airflow.cfg"
    target.unlink(missing_ok=True)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write("# Written anew by each make start. To differ, set AIRFLOW__SECTION__KEY before it.\n\n")
        parser.write(file)


def airflow_variables(machine: Machine) -> dict[str, str]:
    """The environment of every Airflow process: this home, this clone, the folders as Airflow Variables."""
    return variables(machine) | {
        "AIRFLOW_HOME": str(machine.airflow_home),
        "AIRFLOW_VAR_INBOX": str(machine.inbox),
        "AIRFLOW_VAR_OUTPUT": str(machine.output),
        "AIRFLOW_VAR_ARCHIVE": str(machine.archive),
        "AIRFLOW_VAR_SPOOL": str(machine.spool),
        # A spinner or colour codes in a log file help nobody.
        "NO_COLOR": "1",
        # macOS kills forked children that touch its network libraries unless told not to look.
        "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",
        "no_proxy": "*" if os.uname().sysname == "Darwin" else os.environ.get("no_proxy", ""),
    }

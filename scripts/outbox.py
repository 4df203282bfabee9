"""`make outbox`: send Slack what waits in the outbox, and once more what was given up."""

import os

from deploy.local.airflow_home import airflow_variables
from deploy.local.machine import Machine
from deploy.local.screen import run_command, say
from deploy.local.trouble import StepFailed

PATIENCE = 120.0  # seconds; Slack may ask to wait
# Airflow opens its own connections only to processes that say that they are no task.
AS_SERVER = ("_AIRFLOW_PROCESS_CONTEXT", "server")


def main() -> int:
    """Deliver; answers 0 when nothing is left, else 3.

    Raises:
        Trouble: nothing has been started; there is no connection to Slack; the database does not answer.
    """
    machine = Machine.here().once_started()
    name, value = AS_SERVER
    if os.environ.get(name) != value:
        command = [str(machine.python), "-m", "scripts.outbox"]
        os.execve(machine.python, command, airflow_variables(machine) | {name: value})
    import psycopg

    from include.errors import GaussError
    from include.reporting import outbox
    from plugins.hooks.slack import SlackHook

    try:
        with psycopg.connect(machine.database_dsn("svc_pipeline"), connect_timeout=10) as connection:
            transport = SlackHook().transport
            if transport is None:
                waiting, dead = outbox.count_backlog(connection)
                raise StepFailed(
                    f"There is no connection slack, and {waiting + dead} message(s) wait for one: add it in Airflow "
                    f"({machine.airflow_url}, Admin, Connections), then run make outbox again."
                )
            outbox.revive(connection)
            delivery = outbox.dispatch(connection, transport, patience=PATIENCE)
    except (psycopg.Error, GaussError) as error:
        reason = (error.sqlstate or "no answer") if isinstance(error, psycopg.Error) else str(error)
        raise StepFailed(f"The messages were not sent ({reason}): see make status.") from error
    say(f"Slack: {delivery}")
    return 3 if delivery.pending or delivery.dead_in_all else 0


if __name__ == "__main__":
    run_command(main)

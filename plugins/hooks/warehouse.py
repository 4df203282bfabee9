"""The way to the warehouse: Airflow's connection, a psycopg 3 connection, errors without values."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from airflow.providers.postgres.hooks.postgres import PostgresHook

from include.errors import BadConfiguration, BadData, WarehouseUnavailable

# How long the server waits for us; the connection's extra may set others: {"lock_timeout": "2min"}.
TIMEOUTS = {"lock_timeout": "15min", "statement_timeout": "55min"}

# SQLSTATE classes (two characters) and codes that say "try again": connection, resources, operator intervention,
# system error, deadlock or serialisation, a lock held too long.
_TRY_AGAIN = ("08", "53", "57", "58", "40", "55")
_REFUSED = ("22", "23")


class WarehouseHook(PostgresHook):
    """A connection of the Postgres provider's kind, opened with psycopg 3 (binary COPY needs it).

    The provider's own methods log SQL with its parameters; use `connect`, which logs nothing.
    """

    def __init__(self, conn_id: str = "warehouse") -> None:
        super().__init__(postgres_conn_id=conn_id, log_sql=False)

    @contextmanager
    def connect(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection that commits when the block ends and rolls back when it fails.

        :raises WarehouseUnavailable: the server does not answer, is stopping, is full, or a lock is held too long
        :raises BadData: a constraint refused the rows; the message names the constraint, never a value
        :raises BadConfiguration: the login may not do this, or the SQL does not fit the database
        """
        settings = self.get_connection(self.get_conn_id())
        extra = settings.extra_dejson
        timeouts = {name: str(extra.get(name, usual)) for name, usual in TIMEOUTS.items()}
        try:
            with psycopg.connect(
                host=settings.host,
                port=settings.port or 5432,
                dbname=settings.schema,
                user=settings.login,
                password=settings.password,
                application_name="airflow",
                connect_timeout=10,
                options=" ".join(f"-c {name}={value}" for name, value in ({"timezone": "UTC"} | timeouts).items()),
            ) as connection:
                yield connection
        except psycopg.Error as error:
            raise _without_values(error) from None


def _without_values(error: psycopg.Error) -> BadConfiguration | BadData | WarehouseUnavailable:
    """The error as one of ours. PostgreSQL's own text quotes rows, so only its code and the constraint are kept."""
    state = error.sqlstate or ""
    about = f"SQLSTATE {state or 'unknown'}"
    if error.diag.constraint_name:
        about += f", constraint {error.diag.constraint_name}"
    if state == "55P03":
        return WarehouseUnavailable(
            f"Another load holds the lock for too long ({about}): when it hangs, end it", code="warehouse_locked"
        )
    if state == "53100":
        return WarehouseUnavailable(f"The warehouse's disk is full ({about}): make room there", code="disk_full")
    if isinstance(error, psycopg.OperationalError) or state.startswith(_TRY_AGAIN):
        return WarehouseUnavailable(f"The warehouse cannot be used right now ({about}): is PostgreSQL running?")
    if state.startswith(_REFUSED):
        return BadData(f"The warehouse refused the rows ({about})", code="refused_by_database")
    if error.diag.message_primary and state.startswith("42"):
        about += f": {error.diag.message_primary}"
    return BadConfiguration(f"The warehouse refused the statement ({about}): are all migrations applied?")

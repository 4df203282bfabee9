"""A small pool of readers' connections, from Airflow's connection `warehouse_dashboard`."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from include.dashboards.reading import CONNECTION_SETTINGS
from include.errors import WarehouseUnavailable

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg_pool import ConnectionPool

MOST_CONNECTIONS = 4  # of each api-server process
PATIENCE = 5.0  # seconds for a free connection


class WarehousePool:
    """Connections as svc_dashboard, opened when first asked for.

    Raises WarehouseUnavailable when the server does not answer, or all connections are busy for too long.
    """

    def __init__(self, conn_id: str = "warehouse_dashboard") -> None:
        self._conn_id = conn_id
        self._lock = threading.Lock()
        self._pool: ConnectionPool[Any] | None = None

    @contextmanager
    def connection(self) -> Iterator[Connection[Any]]:
        """A connection for one answer; what it became is undone when it comes back."""
        from psycopg_pool import PoolTimeout

        try:
            with self._opened().connection(timeout=PATIENCE) as connection:
                yield connection
        except PoolTimeout:
            raise WarehouseUnavailable("The warehouse does not answer, or is asked too much at once") from None

    def _opened(self) -> ConnectionPool[Any]:
        with self._lock:
            if self._pool is None:
                self._pool = self._open()
            return self._pool

    def _open(self) -> ConnectionPool[Any]:
        from airflow.sdk import BaseHook
        from psycopg_pool import ConnectionPool

        settings = BaseHook.get_connection(self._conn_id)
        return ConnectionPool(
            kwargs={
                "host": settings.host,
                "port": settings.port or 5432,
                "dbname": settings.schema,
                "user": settings.login,
                "password": settings.password,
                "sslmode": settings.extra_dejson.get("sslmode", "prefer"),
                "application_name": "pages",
                "connect_timeout": 5,
                "autocommit": True,
                "options": CONNECTION_SETTINGS,
            },
            min_size=1,
            max_size=MOST_CONNECTIONS,
            check=ConnectionPool.check_connection,
            max_waiting=100,
            reconnect_timeout=30,
            open=True,
        )

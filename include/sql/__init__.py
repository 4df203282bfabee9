"""The SQL of the house, read from its files: whole as it stands, or with identifiers set in by the driver's quoting."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psycopg import sql

_FOLDER = Path(__file__).parent


@cache
def query(name: str) -> bytes:
    """The text of include/sql/<name>.sql, as psycopg takes it.

    :param name: path below include/sql, without the ending
    """
    return (_FOLDER / f"{name}.sql").read_bytes()


def statement(name: str, **identifiers: sql.Composable) -> sql.Composed:
    """The SQL file include/sql/<name>.sql, with its {placeholders} filled.

    :param name: path below include/sql, without the ending
    :param identifiers: quoted identifiers or composed fragments, one per placeholder
    """
    from psycopg import sql

    return sql.SQL(query(name).decode()).format(**identifiers)

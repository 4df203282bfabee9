"""SQL of include/sql, read from its files; identifiers are set in through the driver's quoting."""

from functools import lru_cache
from pathlib import Path

from psycopg import sql

SQL = Path(__file__).parents[1] / "sql"


@lru_cache(maxsize=256)
def _text(name: str) -> str:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


def statement(name: str, **identifiers: sql.Composable) -> sql.Composed:
    """The SQL file include/sql/<name>.sql, with its {placeholders} filled.

    :param name: path below include/sql, without the ending
    :param identifiers: quoted identifiers or composed fragments, one per placeholder
    """
    return sql.SQL(_text(name)).format(**identifiers)

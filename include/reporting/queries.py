"""The SQL texts of messages and logs, read from include/sql once."""

from functools import cache
from pathlib import Path

_SQL = Path(__file__).parents[1] / "sql"


@cache
def query(name: str) -> bytes:
    """The text of include/sql/<name>.sql, as psycopg takes it."""
    return (_SQL / f"{name}.sql").read_bytes()

"""Originals whose time in the archive is over."""

from collections.abc import Callable, Mapping
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from include.ingest.collecting import UNKNOWN
from include.sql import statement


def remove_expired(connection: Connection[Any], years: Mapping[str, int | None], remove: Callable[[str], None]) -> int:
    """Remove the originals that have been in the archive for as long as their rows are kept.

    The years count from the last delivery of the content. Of several datasets in one file the longest counts; a dataset
    without years keeps the file, as does a batch that may still be on its way. The ledger goes on knowing the file, so
    that the same bytes do not come home twice. The transaction is committed here. While another run brings deliveries
    into the archive nothing is removed: a later run will.

    :param years: for how long the rows of a dataset are kept; None: as long as something needs them
    :param remove: removes the archived file of an address, and does not mind that it is gone already
    :returns: how many were removed
    :raises OSError: the archive is out of reach
    """
    removed = 0
    if connection.execute(statement("ingest/try_archive")).fetchone() == (True,):
        parameters = {"years": Jsonb(dict(years)), "unknown": UNKNOWN}
        for (address,) in connection.execute(statement("ingest/select_expired"), parameters).fetchall():
            remove(address)
            connection.execute(statement("ingest/note_removed"), {"archive_uri": address})
            removed += 1
    connection.commit()
    return removed

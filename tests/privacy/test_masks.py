"""What the masks leave, and what they take away."""

from __future__ import annotations

import psycopg

from tests.conftest import Warehouse

SCRUBBED = {
    "Taxi to JKIA, 2 NIGHTS HOTEL": "Taxi to JKIA, 2 NIGHTS HOTEL",
    "45 km at KES 12,500.00 on 17/5": "45 km at KES 12,500.00 on 17/5",
    "ask grace.w@tumaini.example, please": "ask [e-mail], please",
    "Paid <amina@mail.example>;": "Paid <[e-mail]>;",
    "call +254 (0) 722 123-456 now": "call [number] now",
    "M-Pesa 0722123456": "M-Pesa [number]",
    "card 4111 1111 1111 1111 x": "card [number] x",
    "to GB29 NWBK 6016 1331 9268 19.": "to [account].",
    "to DE89370400440532013000, rent": "to [account], rent",
    "PIN A012345678Z": "PIN A[number]Z",
}


def test_free_text_loses_addresses_and_long_numbers_and_keeps_its_sense(warehouse: Warehouse) -> None:
    with psycopg.connect(warehouse.admin_dsn) as connection:
        shown = connection.execute(
            "select text, privacy.mask_scrubbed(text) from unnest(%s::text[]) as text", [list(SCRUBBED)]
        ).fetchall()
    assert dict(shown) == SCRUBBED


def test_what_is_no_address_is_masked_as_well_and_nothing_stays_nothing(warehouse: Warehouse) -> None:
    with psycopg.connect(warehouse.admin_dsn) as connection:
        shown = connection.execute(
            "select privacy.mask_email('not-an-address'), privacy.mask_email(null), privacy.mask_last_two(null), "
            "privacy.mask_scrubbed(null), privacy.mask_last_two('7')"
        ).fetchone()
    assert shown == ("n***@", None, None, None, "***")

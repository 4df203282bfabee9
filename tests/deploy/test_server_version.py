"""A server that is too old is refused in one sentence, before anything is made on it."""

import pytest

from deploy.warehouse import check_server
from include.errors import BadConfiguration


@pytest.mark.parametrize("version", [150_000, 150_018, 180_001])
def test_postgresql_15_and_newer_will_do(version: int) -> None:
    check_server(version)


def test_an_older_server_is_named_with_what_is_needed() -> None:
    with pytest.raises(BadConfiguration, match="is PostgreSQL 14, and 15 or newer is needed") as refusal:
        check_server(140_012)
    assert refusal.value.code == "server_too_old"

"""make api-key: a key is made for a holder, shown once, and useless once it is revoked."""

import stat
from pathlib import Path

import psycopg
import pytest

from deploy.local.api_keys import LOCAL_KEY, ensure_local_key, manage
from deploy.local.machine import Secrets
from deploy.local.trouble import StepFailed, Trouble
from include.intake import keys
from tests.conftest import Warehouse


def rows(warehouse: Warehouse) -> list[tuple[object, ...]]:
    with psycopg.connect(warehouse.admin_dsn) as connection:
        return connection.execute(
            "select prefix, name, scopes, revoked_at is null, webhook_secret from ops.api_keys "
            "join ops.api_secrets using (prefix) order by created_at"
        ).fetchall()


def test_a_key_is_made_and_revoked(warehouse: Warehouse) -> None:
    dsn = warehouse.dsn("svc_admin")
    told = manage(dsn, {"NAME": "an app", "SCOPES": "expenses:write, expenses:read", "WEBHOOK": "https://a.example/x"})
    text, signing = told[1].strip(), told[3].strip()
    parts = keys.split(text)
    assert parts is not None
    ((prefix, name, scopes, is_good, secret),) = rows(warehouse)
    assert (prefix, name, scopes, is_good) == (parts[0], "an app", ["expenses:read", "expenses:write"], True)
    assert secret == signing
    assert "revoked" in manage(dsn, {"REVOKE": f"gauss_{prefix}_"})[0]
    assert [row[3] for row in rows(warehouse)] == [False]


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"SCOPES": "expenses:write"}, "NAME"),
        ({"NAME": "x"}, "SCOPES is empty"),
        ({"NAME": "x", "SCOPES": "expense:write"}, "expense:write"),
        ({"NAME": "x", "SCOPES": "expenses:write", "DAYS": "soon"}, "DAYS"),
        *(
            ({"NAME": "x", "SCOPES": "expenses:write", "WEBHOOK": address}, "WEBHOOK")
            for address in (
                *(
                    "file:///etc/passwd",
                    "https://",
                    "https:///path",
                    "https://a.example:port/x",
                    "https://a.example:0/x",
                ),
                *("https://a.example:99999/x", "https://[a.example/x", "https://a..example/x", "https://a.example/a b"),
                *("https://name:word@a.example/x", "https://a.example/\u00e9"),
            )
        ),
        ({"REVOKE": "aaaaaaaa"}, "No key begins with"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(warehouse: Warehouse, variables: dict[str, str], sentence: str) -> None:
    with pytest.raises(Trouble, match=sentence):
        manage(warehouse.dsn("svc_admin"), variables)
    assert rows(warehouse) == []


def test_a_database_that_is_away_is_told_without_the_password() -> None:
    with pytest.raises(StepFailed) as told:
        manage("postgresql://svc_admin:a-password@127.0.0.1:1/gauss", {"NAME": "x", "SCOPES": "*:read"})
    assert "a-password" not in str(told.value)


def test_this_machines_key_is_made_once_and_again_when_it_is_useless(warehouse: Warehouse, tmp_path: Path) -> None:
    secrets, dsn = Secrets(tmp_path), warehouse.dsn("svc_admin")
    ensure_local_key(dsn, secrets)
    kept = secrets.path(LOCAL_KEY)
    first = kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    ensure_local_key(dsn, secrets)
    assert kept.read_text() == first
    manage(dsn, {"REVOKE": first.split("_")[1]})
    ensure_local_key(dsn, secrets)
    assert kept.read_text() != first

"""The policy covers the database, is strict about itself, and is what the committed SQL says."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from include.errors import BadConfiguration
from include.privacy.policy import DataClass, Policy, Way, differences, parse_policy
from include.privacy.readers import load_readers
from include.privacy.security_sql import SECURITY, security_files
from tests.conftest import Warehouse
from tests.privacy.planting import column_types

SMALL = """
groups: [finance, analyst]
classes:
  public: {finance: raw, analyst: raw}
  internal: {finance: raw, analyst: raw}
  personal: {finance: raw, analyst: hidden}
  sensitive: {finance: hidden, analyst: hidden}
rows: {finance: all, analyst: all}
tables:
  people:
    owner: operations
    retention: {years: 7, counted_from: left_on, reason: law}
    columns:
      id: {class: personal, analyst: pseudonym}
      email: {class: personal, mask: email, analyst: masked}
      left_on: internal
"""


def catalogue_of(warehouse: Warehouse) -> dict[str, dict[str, str]]:
    """The types of every column of core and audit by `schema.table`."""
    with psycopg.connect(warehouse.admin_dsn) as connection:
        return {
            f"{schema}.{table}": types
            for schema in ("core", "audit")
            for table, types in column_types(connection, schema).items()
        }


def test_every_column_of_core_and_audit_is_classified(warehouse: Warehouse, policy: Policy) -> None:
    assert differences(policy, catalogue_of(warehouse)) == []


def test_a_new_column_is_named_until_somebody_classifies_it(warehouse: Warehouse, policy: Policy) -> None:
    with psycopg.connect(warehouse.admin_dsn) as connection:
        connection.execute("alter table core.users add column shoe_size integer")
        connection.execute("create table core.pets (id uuid)")
        connection.execute("drop view reporting.sites")
        connection.execute("alter table core.sites drop column grid_zone")
    assert differences(policy, catalogue_of(warehouse)) == [
        "core.pets is not in the privacy policy: classify its columns in policy.yaml.",
        "core.sites.grid_zone is in the privacy policy, but not in the database.",
        "core.users.shoe_size is not in the privacy policy: classify it in policy.yaml.",
    ]


def test_a_way_that_does_not_fit_the_type_is_named() -> None:
    small = parse_policy(SMALL)
    assert differences(small, {"core.people": {"id": "bigint", "email": "date", "left_on": "date"}}) == [
        "core.people.email is date, which the mask email does not fit.",
        "core.people.id is bigint, which has no pseudonym.",
    ]


@pytest.mark.parametrize("name", ["row_security.sql", "reporting_views.sql"])
def test_the_committed_sql_is_what_the_policy_says(policy: Policy, name: str) -> None:
    assert (SECURITY / name).read_text() == security_files(policy)[name], "run: python -m include.privacy.security_sql"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("left_on: internal", "left_on: secret", "people.left_on: secret is no class"),
        ("analyst: pseudonym", "staff: raw", "people.id: .'staff'. are no groups"),
        ("analyst: pseudonym", "analyst: blurred", "people.id: ways.analyst"),
        ("mask: email", "mask: rot13", "people.email: mask"),
        (", mask: email", "", "people.email: Value error, a column has a mask exactly if"),
        ("counted_from: left_on", "counted_from: gone_on", "gone_on, which is no column"),
        ("owner: operations", "ovner: operations", "owner"),
        ("personal: {finance: raw, analyst: hidden}", "personal: {finance: raw}", "class personal must say"),
        ("rows: {finance: all, analyst: all}", "rows: {finance: some, analyst: all}", "rows.finance"),
    ],
)
def test_a_mistake_in_the_policy_is_refused_by_its_name(old: str, new: str, sentence: str) -> None:
    assert old in SMALL
    with pytest.raises(BadConfiguration, match=sentence):
        parse_policy(SMALL.replace(old, new))


def test_no_sensitive_column_is_raw_for_more_than_its_duty_needs(policy: Policy) -> None:
    raw = {
        f"{table.name}.{name}": {group for group in policy.groups if table.way(name, group) is Way.raw}
        for table, name, column in policy.columns()
        if column.data_class is DataClass.sensitive
    }
    assert raw == {
        "users.monthly_salary": {"finance", "auditor"},
        "users.bank_account": set(),
        "users.national_id": set(),
        "leave_applications.leave_type": {"operations", "auditor"},
        "leave_applications.reason": {"auditor"},
        "leave_entitlements.leave_type": {"operations", "auditor"},
        "row_versions.row": set(),
        "audit_log.change": {"auditor"},
    }


def test_analysts_see_no_personal_column_as_it_is(policy: Policy) -> None:
    for table, name, column in policy.columns():
        if column.data_class in (DataClass.personal, DataClass.sensitive):
            assert table.way(name, "analyst") is not Way.raw, f"{table.name}.{name}"


def test_dashboards_see_no_row(policy: Policy) -> None:
    assert not [table.name for table in policy.tables.values() if "dashboard" in table.readers()]


def test_a_reader_is_found_by_name_then_by_the_first_role_that_fits() -> None:
    readers = load_readers()
    assert readers.database_role("anybody", ["Viewer", "finance"]) == "finance"
    assert readers.database_role("anybody", ["Admin"]) == "analyst"
    assert readers.database_role("anybody", ["viewer"]) == "dashboard"
    assert readers.database_role("anybody", ["Public"]) is None


def test_readers_must_be_groups_of_the_policy(tmp_path: Path) -> None:
    file = tmp_path / "users.yaml"
    file.write_text("users: {grace: owner_core}\nroles: {}\n")
    with pytest.raises(BadConfiguration, match="owner_core"):
        load_readers(file)

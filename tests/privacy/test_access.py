"""Each role sees what the policy says and no more: a canary in every column, and every way in tried."""

from __future__ import annotations

import datetime as dt
from typing import Any

import psycopg
import pytest
from psycopg import sql

from include.privacy.policy import Policy, Table, Way, load_policy
from tests.conftest import LOGINS, Warehouse
from tests.privacy.conftest import Shown, reading_as
from tests.privacy.planting import ORDER, Row

GROUPS = ("finance", "operations", "analyst", "auditor", "dashboard")
OWNERS = ("owner_core", "owner_audit", "owner_marts", "owner_reporting")
OURS = ["core", "ops", "audit", "staging", "intermediate", "marts", "analytics", "reporting", "privacy"]

MASKED = {
    ("users", "email"): "c***@tumaini.example",
    ("users", "phone"): "***42",
    ("users", "hired_on"): dt.date(2024, 5, 1),
    ("users", "left_on"): dt.date(2024, 5, 1),
    ("expenses", "description"): "Taxi with C4n4ry Wanjiku, call [number] or [e-mail]",
    ("leave_applications", "starts_on"): dt.date(2024, 5, 1),
    ("leave_applications", "ends_on"): dt.date(2024, 5, 1),
    ("leave_applications", "reason"): "C4n4ry surgery, ring [number]",
}


def seen(warehouse: Warehouse, group: str, table: str) -> Row | None:
    """The one row of `reporting.<table>` as the group sees it; None when it may not read the view at all."""
    with reading_as(warehouse, group) as connection:
        try:
            cursor = connection.execute(sql.SQL("select * from reporting.{}").format(sql.Identifier(table)))
        except psycopg.errors.InsufficientPrivilege:
            return None
        names = [column.name for column in cursor.description or ()]
        rows = cursor.fetchall()
        assert len(rows) == 1, f"{group} sees {len(rows)} rows of {table}"
        return dict(zip(names, rows[0], strict=True))


def expected(table: Table, group: str, stored: Row, shown: Row) -> Row:
    """What the policy lets the group see of the stored row; pseudonyms are taken from what is shown."""
    row: dict[str, Any] = {}
    for name in table.seen_by_somebody():
        way = table.way(name, group)
        if way is Way.raw:
            row[name] = stored[name]
        elif way is Way.masked:
            row[name] = MASKED[table.name, name]
        elif way is Way.pseudonym and stored[name] is not None:
            assert shown[name] is not None
            assert shown[name] != stored[name]
            row[name] = shown[name]
        else:
            row[name] = None
    return row


@pytest.mark.parametrize("group", GROUPS)
def test_each_group_sees_of_each_column_what_the_policy_says(shown: Shown, policy: Policy, group: str) -> None:
    for name in ORDER:
        table = policy.tables[name]
        row = seen(shown.warehouse, group, name)
        if group not in table.readers():
            assert row is None, f"{group} may read {name}"
        else:
            assert row is not None, f"{group} may not read {name}"
            assert row == expected(table, group, shown.rows[name], row), name


@pytest.mark.parametrize("group", GROUPS)
def test_no_hidden_value_turns_up_anywhere(shown: Shown, policy: Policy, group: str) -> None:
    """A sweep over every readable relation of the whole database, not only over the views."""
    visible = {
        str(shown.rows[table][column])
        for table in ORDER
        for column in policy.tables[table].columns
        if policy.tables[table].way(column, group) is Way.raw
    }
    canaries = {
        str(value) for row in shown.rows.values() for value in row.values() if "c4n4ry" in str(value).lower()
    } - visible
    assert canaries
    with reading_as(shown.warehouse, group) as connection:
        readable = connection.execute(
            "select n.nspname, c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace "
            "where c.relkind in ('r', 'v', 'm', 'p') and n.nspname = any(%(ours)s) "
            "and has_schema_privilege(n.oid, 'usage') and has_any_column_privilege(c.oid, 'select')",
            {"ours": OURS},
        ).fetchall()
        text = "\n".join(
            row
            for schema, name in readable
            for (row,) in connection.execute(
                sql.SQL("select coalesce(t::text, '') from {} as t").format(sql.Identifier(schema, name))
            ).fetchall()
        )
    assert not {canary for canary in canaries if canary in text}


@pytest.mark.parametrize("role", [*GROUPS, "svc_api", "svc_dbt", "svc_exporter", "svc_audit", "svc_dashboard"])
def test_core_and_audit_are_closed_to_everybody_else(shown: Shown, policy: Policy, role: str) -> None:
    login = role if role.startswith("svc_") else "svc_dashboard"
    with psycopg.connect(shown.warehouse.dsn(login), autocommit=True) as connection:
        connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
        for table in policy.tables.values():
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(sql.SQL("select * from {}").format(sql.Identifier(table.schema_name, table.name)))


@pytest.mark.parametrize("group", GROUPS)
def test_nobody_writes_through_a_view(shown: Shown, group: str) -> None:
    with reading_as(shown.warehouse, group) as connection:
        connection.execute("set transaction read write")
        for table in load_policy().tables:
            for statement in ("delete from reporting.{}", "update reporting.{} set id = id"):
                with pytest.raises(psycopg.Error) as refused, connection.transaction():
                    connection.execute(sql.SQL(statement).format(sql.Identifier(table)))
                # Insufficient privilege, or a view that cannot be written through at all.
                assert refused.value.sqlstate in ("42501", "55000")


def test_a_row_that_no_policy_allows_stays_hidden_even_with_a_grant(
    warehouse: Warehouse, planted: dict[str, Row]
) -> None:
    with psycopg.connect(warehouse.admin_dsn) as connection:
        connection.execute("grant usage on schema core to finance; grant select on core.expenses to finance")
        connection.execute("grant select on reporting.expenses to dashboard")
    for group, query in (
        ("finance", "select count(*) from core.expenses"),
        ("dashboard", "select count(*) from reporting.expenses"),
    ):
        with reading_as(warehouse, group) as connection:
            assert connection.execute(query).fetchone() == (0,)


def test_deleted_rows_are_seen_by_nobody(warehouse: Warehouse, planted: dict[str, Row]) -> None:
    with psycopg.connect(warehouse.dsn("svc_pipeline")) as connection:
        connection.execute("update core.leave_applications set deleted_at = now()")
    for group in ("operations", "analyst", "auditor"):
        with reading_as(warehouse, group) as connection:
            assert connection.execute("select count(*) from reporting.leave_applications").fetchone() == (0,)


def test_the_pipeline_writes_but_neither_deletes_nor_reads_former_versions(
    warehouse: Warehouse, planted: dict[str, Row]
) -> None:
    with psycopg.connect(warehouse.dsn("svc_pipeline"), autocommit=True) as connection:
        connection.execute("create temporary table stage (like core.expenses including defaults)")
        connection.execute("update core.expenses set description = 'other words'")
        for statement in (
            "delete from core.expenses",
            "truncate core.expenses",
            "select * from core.row_versions",
            "insert into core.row_versions (table_name) values ('expenses')",
            "delete from core.accounting_periods",
            "select * from audit.audit_log",
            "select * from privacy.pseudonym_keys",
            "create table core.mine (a integer)",
            "create table public.mine (a integer)",
            "alter table core.expenses disable row level security",
            "set role owner_core",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_the_dashboards_login_has_nothing_until_it_takes_a_role(shown: Shown) -> None:
    with psycopg.connect(shown.warehouse.dsn("svc_dashboard"), autocommit=True) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select * from reporting.expenses")
        for role in ("pipeline", "svc_admin", *OWNERS):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
        with connection.transaction():
            connection.execute("set local role finance")
            assert connection.execute("select count(*) from reporting.expenses").fetchone() == (1,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select * from reporting.expenses")


def test_no_setting_lends_a_role(shown: Shown) -> None:
    with reading_as(shown.warehouse, "analyst") as connection:
        connection.execute("select set_config('app.role', 'finance', true), set_config('role.finance', 'on', true)")
        assert connection.execute("select full_name, monthly_salary from reporting.users").fetchone() == (
            None,
            None,
        )


def test_the_administrator_works_by_set_role_and_has_nothing_otherwise(
    warehouse: Warehouse, planted: dict[str, Row]
) -> None:
    with psycopg.connect(warehouse.dsn("svc_admin"), autocommit=True) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select * from core.users")
        connection.execute("set role owner_core")
        assert connection.execute("select count(*) from core.users").fetchone() == (1,)
        connection.execute("update core.accounting_periods set status = 'closed', closed_at = now()")
        connection.execute("alter table core.users add column shoe_size integer")
        connection.execute("reset role")
        for role in ("finance", "pipeline", "postgres"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))


def test_a_pseudonym_is_the_same_person_everywhere_and_always(shown: Shown) -> None:
    query = (
        "select u.id, u.employee_no from reporting.users as u "
        "join reporting.expenses as e on e.employee_id = u.id "
        "join reporting.leave_applications as l on l.employee_id = u.id"
    )
    answers = []
    for _ in range(2):
        with reading_as(shown.warehouse, "analyst") as connection:
            answers.append(connection.execute(query).fetchall())
    assert len(answers[0]) == 1
    assert answers[0] == answers[1]


def test_a_pseudonym_cannot_be_computed_without_the_keys(warehouse: Warehouse, planted: dict[str, Row]) -> None:
    with reading_as(warehouse, "analyst") as connection:
        before = connection.execute("select employee_no from reporting.users").fetchone()
    with pytest.raises(psycopg.errors.InsufficientPrivilege), reading_as(warehouse, "analyst") as connection:
        connection.execute("select * from privacy.pseudonym_keys")
    with psycopg.connect(warehouse.admin_dsn) as connection:
        connection.execute("update privacy.pseudonym_keys set inner_key = sha256('other')")
    with reading_as(warehouse, "analyst") as connection:
        assert connection.execute("select employee_no from reporting.users").fetchone() != before


def test_former_versions_show_the_fields_that_the_reader_may_see(
    warehouse: Warehouse, planted: dict[str, Row], policy: Policy
) -> None:
    with psycopg.connect(warehouse.dsn("svc_pipeline")) as connection:
        connection.execute("update core.users set job_title = 'lead'")
    for group in ("finance", "operations", "auditor"):
        with reading_as(warehouse, group) as connection:
            row = connection.execute("select row from reporting.row_versions").fetchone()
        users = policy.tables["users"]
        assert row is not None
        assert set(row[0]) == {name for name in users.columns if users.way(name, group) is Way.raw}
    assert seen(warehouse, "analyst", "row_versions") is None


def test_row_security_is_forced_on_every_table_of_core_and_audit(shown: Shown) -> None:
    with psycopg.connect(shown.warehouse.admin_dsn) as connection:
        loose = connection.execute(
            "select c.oid::regclass::text from pg_class as c join pg_namespace as n on n.oid = c.relnamespace "
            "where n.nspname in ('core', 'audit') and c.relkind in ('r', 'p') "
            "and not (c.relrowsecurity and c.relforcerowsecurity)"
        ).fetchall()
    assert loose == []


def test_every_view_of_reporting_is_a_barrier_and_no_superusers(shown: Shown) -> None:
    with psycopg.connect(shown.warehouse.admin_dsn) as connection:
        views = connection.execute(
            "select relname, pg_get_userbyid(relowner), coalesce(reloptions, '{}') from pg_class "
            "where relnamespace = 'reporting'::regnamespace and relkind = 'v'"
        ).fetchall()
    assert set(load_policy().tables) < {name for name, _, _ in views}
    assert {(owner, tuple(options)) for _, owner, options in views} == {("owner_reporting", ("security_barrier=true",))}


def test_public_has_nothing(shown: Shown) -> None:
    with psycopg.connect(shown.warehouse.admin_dsn) as connection:
        granted = connection.execute(
            """
            select 'schema', nspname::text, acl.privilege_type
            from pg_namespace, aclexplode(coalesce(nspacl, acldefault('n', nspowner))) as acl
            where acl.grantee = 0 and nspname = any(%(closed)s)
            union all
            select 'relation', c.oid::regclass::text, acl.privilege_type
            from pg_class as c join pg_namespace as n on n.oid = c.relnamespace,
                aclexplode(c.relacl) as acl
            where acl.grantee = 0 and nspname = any(%(closed)s)
            union all
            select 'function', p.oid::regprocedure::text, acl.privilege_type
            from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace,
                aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as acl
            where acl.grantee = 0 and nspname = any(%(closed)s)
            union all
            select 'database', datname::text, acl.privilege_type
            from pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) as acl
            where acl.grantee = 0 and datname = current_database()
            """,
            {"closed": [*OURS, "public", "extensions"]},
        ).fetchall()
    assert granted == []


def test_new_functions_of_owners_are_closed_to_public(warehouse: Warehouse) -> None:
    with psycopg.connect(warehouse.dsn("svc_admin")) as connection:
        for owner, schema in (
            *(("owner_core", "core"), ("owner_audit", "audit")),
            *(("owner_marts", "marts"), ("owner_reporting", "reporting")),
        ):
            connection.execute(sql.SQL("set role {}").format(sql.Identifier(owner)))
            function = sql.Identifier(schema, "one")
            connection.execute(sql.SQL("create function {}() returns integer language sql return 1").format(function))
            allowed = connection.execute("select has_function_privilege('public', %s, 'execute')", [f"{schema}.one()"])
            assert allowed.fetchone() == (False,)


def test_everything_of_ours_belongs_to_an_owner_who_cannot_log_in(shown: Shown) -> None:
    with psycopg.connect(shown.warehouse.admin_dsn) as connection:
        strays = connection.execute(
            """
            select c.oid::regclass::text, pg_get_userbyid(c.relowner) from pg_class as c
            join pg_namespace as n on n.oid = c.relnamespace
            where nspname = any(%(ours)s) and c.relkind in ('r', 'v', 'm', 'S', 'p')
            and pg_get_userbyid(c.relowner) <> all(%(owners)s)
            union all
            select p.oid::regprocedure::text, pg_get_userbyid(p.proowner) from pg_proc as p
            join pg_namespace as n on n.oid = p.pronamespace
            where nspname = any(%(ours)s) and pg_get_userbyid(p.proowner) <> all(%(owners)s)
            union all
            select nspname::text, pg_get_userbyid(nspowner) from pg_namespace
            where nspname = any(%(ours)s) and pg_get_userbyid(nspowner) <> all(%(owners)s)
            """,
            {"owners": list(OWNERS), "ours": OURS},
        ).fetchall()
        powers = connection.execute(
            "select rolname from pg_roles where rolname = any(%(ours)s) "
            "and (rolsuper or rolcreaterole or rolcreatedb or rolbypassrls or rolreplication "
            "or rolcanlogin <> starts_with(rolname, 'svc_'))",
            {"ours": [*OWNERS, *GROUPS, "pipeline", *LOGINS]},
        ).fetchall()
    assert strays == []
    assert powers == []


def test_every_definer_function_has_a_safe_search_path(shown: Shown) -> None:
    with psycopg.connect(shown.warehouse.admin_dsn) as connection:
        definers = connection.execute(
            "select p.oid::regprocedure::text, p.proconfig from pg_proc as p "
            "join pg_namespace as n on n.oid = p.pronamespace "
            "where nspname = any(%(ours)s) and p.prosecdef",
            {"ours": OURS},
        ).fetchall()
    assert definers
    assert {tuple(configuration or ()) for _, configuration in definers} == {("search_path=pg_catalog, pg_temp",)}


def test_every_login_has_limits(shown: Shown) -> None:
    with psycopg.connect(shown.warehouse.admin_dsn) as connection:
        limits = dict(
            connection.execute(
                "select r.rolname, array_to_string(s.setconfig, ' ') from pg_roles as r "
                "join pg_db_role_setting as s on s.setrole = r.oid and s.setdatabase = 0 "
                "where r.rolname = any(%s) and r.rolconnlimit between 1 and 40",
                [list(LOGINS)],
            ).fetchall()
        )
    assert set(limits) == set(LOGINS)
    for settings in limits.values():
        assert "statement_timeout=" in settings
        assert "idle_in_transaction_session_timeout=" in settings

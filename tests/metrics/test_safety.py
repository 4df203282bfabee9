"""Whatever happens to a build, people read the last good figures, under the same rights."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg import sql

from include.dashboards.pages import PAGES
from include.dashboards.reading import CONNECTION_SETTINGS, check_parameters, read_page
from include.metrics.marts import MARTS
from include.metrics.publishing import publish
from include.schemas.organisation import load_organisation
from include.sql import query
from tests.conftest import ROOT
from tests.metrics.ledger import Ledger
from tests.metrics.organisation import Small

RIGHTS = """
    select c.relname, c.relrowsecurity, c.relforcerowsecurity, c.relacl::text, pg_get_userbyid(c.relowner),
        (select array_agg(p.polname || pg_get_expr(p.polqual, p.polrelid) order by p.polname) from pg_policy as p
            where p.polrelid = c.oid)
    from pg_class as c where c.relnamespace in ('marts'::regnamespace, 'reporting'::regnamespace) and c.relkind in ('r', 'v')
    order by 1
"""
# A build in a process of its own, as a task is; it says when dbt has begun to write.
PROGRAM = """
import json, sys
import psycopg
from include.metrics import books
from include.metrics.building import build
from include.metrics.scope import resolve_scope
from include.schemas.organisation import load_organisation
from include.sql import query
pipeline, environment = sys.argv[1], json.loads(sys.stdin.readline())
organisation = load_organisation()
keeper = psycopg.connect(pipeline)
keeper.execute(query("metrics/lock_metrics"))
keeper.commit()
with psycopg.connect(pipeline) as connection:
    scope = resolve_scope(connection, organisation)
    books.open_build(connection, scope, dag_id="transform_metrics", run_id="killed", attempt=1)
build(scope, organisation, environment, say=lambda node: print(node.name, flush=True))
"""


def start_build(ledger: Ledger) -> subprocess.Popen[str]:
    import json

    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, ledger.warehouse.dsn("svc_pipeline")],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    process.stdin.write(json.dumps(ledger.environment()) + "\n")
    process.stdin.flush()
    return process


def budget_page(ledger: Ledger) -> dict[str, Any]:
    """What the page Monthly Spend vs Budget answers to finance."""
    page = PAGES["budget"]
    with psycopg.connect(
        ledger.warehouse.dsn("svc_dashboard"), autocommit=True, options=CONNECTION_SETTINGS
    ) as connection:
        parameters = check_parameters(page, {})
        told = read_page(connection, page, parameters, reader="finance", organisation=load_organisation())
    return dict(told["answers"])


def test_a_killed_build_changes_nothing_that_people_read_and_the_next_one_makes_up_for_it(changing: Small) -> None:
    small, ledger = changing, changing.ledger
    before, rights, shown = ledger.hashes(), ledger.query(RIGHTS), budget_page(ledger)
    ledger.correct(small["july"], amount=Decimal("1"))

    process = start_build(ledger)
    assert process.stdout
    for line in process.stdout:
        # It is in the midst of things: kept models are written, marts are not all built.
        if line.strip() == "int_spend__by_day":
            break
    assert budget_page(ledger) == shown, "the page answers while dbt writes"
    process.send_signal(signal.SIGKILL)
    process.wait()

    assert ledger.hashes() == before
    assert ledger.query(RIGHTS) == rights
    assert budget_page(ledger) == shown
    assert ledger.value("select count(*) from ops.metric_builds where status = 'building'") == 1
    with psycopg.connect(ledger.warehouse.dsn("svc_pipeline")) as connection:
        started = time.monotonic()
        connection.execute(query("metrics/lock_publication"))
        assert time.monotonic() - started < 20, "whoever is killed loses the lock"
    made = ledger.make()
    assert [f"{month:%Y-%m}" for month in made.scope.months] == ["2025-07"]
    assert made.published is not None
    assert ledger.value("select amount from marts.expense_facts where expense_id = %(id)s", {"id": small["july"]}) == 1


def test_a_reader_sees_old_figures_or_new_ones_and_nobody_waits(changing: Small) -> None:
    small, ledger = changing, changing.ledger
    rights = ledger.query(RIGHTS)
    total = "select sum(spend_original) as total from reporting.monthly_spend_vs_budget where currency = 'KES'"
    facts = "select sum(amount) as total from reporting.expense_facts where currency = 'KES' and measure = 'spent'"
    with psycopg.connect(ledger.warehouse.dsn("svc_dashboard")) as reader:
        reader.execute("set transaction isolation level repeatable read")
        reader.execute("set local role finance")
        before = reader.execute(total).fetchone()
        ledger.correct(small["july"], amount=Decimal("60001"))
        made = ledger.make()  # a reader in the midst of a transaction holds nothing up
        assert made.published is not None
        assert reader.execute(total).fetchone() == reader.execute(facts).fetchone() == before
        reader.rollback()
        reader.execute("set local role finance")
        after = reader.execute(total).fetchone()
        assert after == reader.execute(facts).fetchone()
        assert before is not None
        assert after == (before[0] + 1,)
    assert ledger.query(RIGHTS) == rights


def test_while_figures_are_published_readers_see_the_whole_of_the_old_ones(changing: Small) -> None:
    ledger = changing.ledger
    before = ledger.hashes()
    ledger.execute("update ops.metric_builds set status = 'built'")
    ledger.execute("update marts_build.monthly_spend_vs_budget set spend_original = spend_original + 1")
    with psycopg.connect(ledger.warehouse.dsn("svc_pipeline")) as publisher:
        published = publish(publisher, dag_id="transform_metrics", run_id="run 1")
        assert published.rows["monthly_spend_vs_budget"] > 0
        assert ledger.hashes() == before
        publisher.rollback()
    assert ledger.hashes() == before
    assert ledger.value("select status from ops.metric_builds") == "built"


@pytest.mark.parametrize("status", ["building", "failed"])
def test_a_build_whose_place_a_later_one_has_taken_publishes_nothing(changing: Small, status: str) -> None:
    ledger = changing.ledger
    ledger.execute("update ops.metric_builds set status = 'built'")
    ledger.execute(
        "insert into ops.metric_builds (dag_id, run_id, attempt, is_full, months, fingerprint, status) "
        "values ('transform_metrics', 'later', 1, false, '{}', '', %(status)s)",
        {"status": status},
    )
    # A later build that failed has written over the tables too: they hold what did not pass its tests.
    with psycopg.connect(ledger.warehouse.dsn("svc_pipeline")) as connection:
        assert publish(connection, dag_id="transform_metrics", run_id="run 1").is_overtaken


def test_a_failing_build_publishes_nothing(changing: Small) -> None:
    small, ledger = changing, changing.ledger
    before, shown = ledger.hashes(), budget_page(ledger)
    ledger.correct(small["july"], amount=Decimal("2"))
    ledger.execute("alter table core.expenses disable trigger all")
    ledger.execute(
        "update core.expenses set department_id = gen_random_uuid() where id = %(id)s", {"id": small["july"]}
    )
    made = ledger.make()
    assert made.published is None
    assert {node.kind for node in made.built.failed} == {"test"}
    assert not made.built.is_away
    assert ledger.hashes() == before
    assert budget_page(ledger) == shown
    with psycopg.connect(ledger.warehouse.dsn("svc_pipeline")) as connection:
        from include.errors import BadConfiguration

        with pytest.raises(BadConfiguration, match="built nothing that could be published"):
            publish(connection, dag_id="transform_metrics", run_id="run 2")


def test_every_mart_is_a_model_with_the_same_columns_and_keys(small: Small) -> None:
    ledger = small.ledger
    columns = (
        "select attname, format_type(atttypid, atttypmod) from pg_attribute where attrelid = %s::regclass and attnum > 0 "
        "and not attisdropped order by attnum"
    )
    with psycopg.connect(ledger.warehouse.admin_dsn) as connection:
        tables = connection.execute(
            "select relname from pg_class where relnamespace = 'marts'::regnamespace and relkind = 'r'"
        ).fetchall()
        assert {name for (name,) in tables} == {mart.name for mart in MARTS} | {"restatements", "grant_restatements"}
        for mart in MARTS:
            published = connection.execute(columns, [f"marts.{mart.name}"]).fetchall()
            assert connection.execute(columns, [f"marts_build.{mart.name}"]).fetchall() == published, mart.name
            keys = sql.SQL(", ").join(map(sql.Identifier, mart.key))
            doubled = sql.SQL("select 1 from {} group by {} having count(*) > 1").format(
                sql.Identifier("marts", mart.name), keys
            )
            assert connection.execute(doubled).fetchall() == []

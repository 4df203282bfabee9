"""A run builds the months that changed, and what depends on them; in whatever order changes come, the figures are those of a
build of everything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import psycopg
import pytest

from include.errors import BadPeriod
from include.metrics.building import build
from include.metrics.scope import Scope, parse_month, pending_work, resolve_scope
from tests.metrics.ledger import Ledger
from tests.metrics.organisation import Small


def scope_of(ledger: Ledger, **options: object) -> Scope:
    with psycopg.connect(ledger.warehouse.dsn("svc_pipeline")) as connection:
        return resolve_scope(connection, ledger.organisation, **options)  # type: ignore[arg-type]


def months(scope: Scope) -> list[str]:
    return [f"{month:%Y-%m}" for month in scope.months]


def rows_of(ledger: Ledger, table: str) -> dict[str, str]:
    """A digest of each month's rows, without the year to date."""
    columns = "month, department_id, category_id, currency, spend_original, spend, budget, status"
    rows = ledger.query(
        f"select to_char(month, 'YYYY-MM') as m, md5(string_agg(md5(row({columns})::text), '' order by md5(row({columns})::text))) as d "
        f"from marts.{table} group by 1"
    )
    return {row["m"]: row["d"] for row in rows}


def test_a_correction_rebuilds_its_month_and_nothing_else(changing: Small) -> None:
    small, ledger = changing, changing.ledger
    before = rows_of(ledger, "monthly_spend_vs_budget")
    facts = ledger.query(
        "select expense_id, xmin::text as version from marts.expense_facts where month <> '2025-08-01'"
    )

    ledger.correct(small["august"], amount=Decimal("90000"))
    second = ledger.make()

    assert not second.scope.is_full
    assert months(second.scope) == ["2025-08"]
    models = second.nodes("model")
    assert len(models) == 32, "everything but the views of staging"
    assert set(models.values()) == {"success"}
    built = ledger.query("select distinct month::text from intermediate.int_expenses__measured")
    assert built == [{"month": "2025-08-01"}], "the facts of other months were not even read"
    assert second.published is not None
    assert second.published.rows["expense_facts"] == 2
    assert second.published.rows["departments"] == 0
    after = rows_of(ledger, "monthly_spend_vs_budget")
    assert {month for month in after if after[month] != before.get(month)} == {"2025-08"}
    still = ledger.query(
        "select expense_id, xmin::text as version from marts.expense_facts where month <> '2025-08-01'"
    )
    assert still == facts, "rows of other months were written"
    # What depends on August: the year to date of the months after it, and the year.
    changed = ledger.value(
        "select min(spend_ytd) from marts.monthly_spend_vs_budget where currency = 'KES' and month = '2026-06-01' "
        "and category_id = %(fuel)s",
        {"fuel": small["FUEL"]},
    )
    assert changed == 53_000 + 90_000 + 50_000

    third = ledger.make()
    assert months(third.scope) == []
    assert third.published is not None
    assert third.published.rows_written == 0


@pytest.mark.parametrize(
    "order",
    [pytest.param((0, 1, 2), id="as they happened"), pytest.param((2, 0, 1), id="shuffled", marks=pytest.mark.long)],
)
def test_corrections_in_any_order_end_in_the_rows_of_a_full_build(changing: Small, order: tuple[int, ...]) -> None:
    small, ledger = changing, changing.ledger
    corrections: list[Callable[[], object]] = [
        # An expense moves into another month, and a claim is decided.
        lambda: (
            ledger.correct(small["july"], spent_on=dt.date(2025, 8, 15)),
            ledger.execute("update core.expenses set status = 'approved' where status = 'submitted'"),
            ledger.touch("expenses", dt.date(2025, 7, 1)),
        ),
        # A missing rate arrives, an expense is deleted, and one comes in for a month before all others.
        lambda: (
            ledger.rate("monthly_average", "USD", "2025-09-01", "150", "2025-09-30"),
            ledger.correct(small["august"], deleted_at=dt.datetime.now(dt.UTC)),
            ledger.payment("2025-03-03", "33", "USD", department_id=small["WATER"], category_id=small["FUEL"]),
        ),
        # What has no month: somebody changes the department, a grant is prolonged, a budget is revised.
        lambda: (
            ledger.execute("update core.users set department_id = %(admin)s where employee_no = 'E2'", {"admin": small["ADMIN"]}),
            ledger.execute("update core.grants set starts_on = '2025-07-01'"),
            ledger.budget(
                "2025-08", "123", department_id=small["WATER"], category_id=small["FUEL"], version=2,
                in_force_from=dt.date(2025, 8, 2),
            ),
        ),
    ]  # fmt: skip

    scopes = []
    for number in order:
        corrections[number]()
        scopes.append(ledger.make().scope)

    incremental = ledger.hashes()
    assert [scope.is_full for scope in scopes] == [number == 2 for number in order], (
        "a grant's window concerns all months"
    )
    made = ledger.make(full=True)
    assert made.published is not None
    assert ledger.hashes() == incremental
    assert {
        name: count for name, count in made.published.rows.items() if count and name not in facts_of_a_full_build()
    } == {}


def facts_of_a_full_build() -> set[str]:
    """Marts that a full build writes anew whatever is in them."""
    from include.metrics.marts import MARTS, Refill

    return {mart.name for mart in MARTS if mart.refill is Refill.months}


def test_what_names_a_deleted_department_category_vendor_donor_line_or_person_stays(changing: Small) -> None:
    ledger = changing.ledger
    before = ledger.hashes()
    staff = "select month::text, n_staff, n_left from marts.headcount order by month"
    for table, name in (
        ("departments", "WATER"), ("categories", "FUEL"), ("vendors", "GARAGE"), ("donors", "DONOR"), ("users", "E1"),
        ("grant_budget_lines", "LINE"),
    ):  # fmt: skip
        ledger.execute(
            f"update core.{table} set deleted_at = '2025-08-20 09:00+03' where id = %(id)s", {"id": changing[name]}
        )
    ledger.touch("expenses", dt.date(2025, 7, 1))
    some = ledger.make()

    assert not some.scope.is_full
    assert some.published is not None, some.built.failed
    after = ledger.hashes()
    assert {mart for mart in after if after[mart] != before[mart]} == {
        "departments", "categories", "headcount", "leave_usage", "grant_budget_lines", "grant_burn",
    }  # fmt: skip
    assert ledger.value("select is_active from marts.departments where code = 'WATER'") is False
    burnt = "select budget, spent_to_date from marts.grant_burn where month = '2025-09-01' order by budget"
    assert [tuple(row.values()) for row in ledger.query(burnt)] == [(0, 750), (1_200, 0)], "the line gives nothing"
    assert [tuple(row.values())[1:] for row in ledger.query(staff)] == [(4, 0), (4, 1), (4, 0)]
    assert ledger.value("select sum(days_approved) from marts.leave_usage") == 4, "leave that was taken stays"
    assert ledger.make(full=True).published is not None
    assert ledger.hashes() == after


def test_named_months_are_built_and_settle_nothing_else(small: Small) -> None:
    ledger = small.ledger
    scope = scope_of(ledger, months=["2025-07", "2025-08-15"])
    assert months(scope) == ["2025-07", "2025-08"]
    assert not scope.is_full
    assert scope.work == []
    assert months(scope_of(ledger, full=True)) == ["2025-07", "2025-08", "2025-09"]
    assert scope_of(ledger, full=True).reason == "asked for"


def test_everything_is_built_when_what_all_months_depend_on_has_changed(changing: Small) -> None:
    ledger = changing.ledger
    assert not scope_of(ledger).is_full
    other = ledger.organisation.model_copy(update={"fiscal_year_first_month": 1})
    with psycopg.connect(ledger.warehouse.dsn("svc_pipeline")) as connection:
        assert resolve_scope(connection, other).is_full
        assert pending_work(connection) == []
    # Other rules were tried and not published, and are taken back: what was kept is by the rules between.
    ledger.execute(
        "insert into ops.metric_builds (dag_id, run_id, attempt, is_full, months, fingerprint, status) "
        "values ('transform_metrics', 'tried', 1, true, '{}', 'other', 'failed')"
    )
    assert scope_of(ledger).reason.startswith("a build by other rules was not published")


@pytest.mark.parametrize("text", ["soon", "2026-13", "26-01", ""])
def test_a_month_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadPeriod, match="written like 2026-01"):
        parse_month(text)


def test_a_database_that_is_away_is_told_from_figures_that_do_not_hold(small: Small) -> None:
    scope = scope_of(small.ledger)
    away = build(scope, small.ledger.organisation, small.ledger.environment() | {"GAUSS_DBT_PORT": "1"})
    assert (away.is_sound, away.is_away) == (False, True)

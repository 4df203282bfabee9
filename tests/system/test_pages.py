"""The pages in a real browser: each person's own, with SQL's numbers, by keyboard, on a phone, in the dark."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FrameLocator, Page, expect
from psycopg.rows import dict_row

from deploy.local import services
from tests.system.browser import chromium, log_in, window
from tests.system.conftest import System

pytestmark = [
    pytest.mark.system,
    pytest.mark.browser,
    pytest.mark.xdist_group("system"),
    pytest.mark.timeout(900),
]

PAGES = ("ingestion", "budget", "grants", "operations", "close")
ONE_POLL = 5.0
# Airflow itself frames what plugins show in this way.
AIRFLOWS_OWN = ("can escape its sandboxing",)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
HEADING = (
    "Transaction number,Date paid,Net amount,Supplier name,Service label,Service division label,Expenditure category,"
    "Detailed expenditure type,Detailed expenditure code\n"
)
LINE = "{number},{day},1250.00,Northside Printers,Libraries,Lending,Printing,Leaflets,4711\n"


@dataclass
class Visitor:
    """Somebody who is logged in, what their browser complained of, and whom it asked."""

    system: System
    page: Page
    complaints: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def open(self, name: str, query: str = "") -> FrameLocator:
        """A page, ready to be read."""
        address = f"/plugin/gauss-{name}"
        self.page.goto(f"{address}/gauss/{name}?{query}" if query else address)
        frame = self.page.frame_locator("iframe")
        expect(frame.locator("#content[aria-busy=false]")).to_be_attached()
        return frame

    def status(self, path: str) -> int:
        """How the server answers this person's session."""
        return self.page.request.get(path, fail_on_status_code=False).status


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def sessions() -> dict[str, Any]:
    """Sessions by user: Airflow lets nobody log in more than five times in 40 seconds."""
    return {}


@pytest.fixture
def visit(system: System, browser: Browser, sessions: dict[str, Any]) -> Iterator[Any]:
    opened: list[Page] = []

    def come(user: str, **options: Any) -> Visitor:
        if user not in sessions:
            page = window(browser, system)
            log_in(page, system, user)
            sessions[user] = page.context.storage_state()
            page.close()
        page = window(browser, system, storage_state=sessions[user], **options)
        opened.append(page)
        visitor = Visitor(system, page)
        page.on("console", lambda line: _note(visitor, line.text) if line.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: _note(visitor, str(error)))
        page.on(
            "request", lambda request: visitor.outside.append(request.url) if _is_outside(system, request.url) else None
        )
        return visitor

    yield come
    for page in opened:
        page.close()


def _note(visitor: Visitor, text: str) -> None:
    if not any(known in text for known in AIRFLOWS_OWN):
        visitor.complaints.append(text)


def _is_outside(system: System, url: str) -> bool:
    return not url.startswith((f"{system.machine.airflow_url}/", "data:", "blob:"))


def sql(system: System, statement: str, **values: Any) -> list[dict[str, Any]]:
    with psycopg.connect(services.postgres(system.machine).dsn("gauss"), row_factory=dict_row) as connection:
        return connection.execute(statement, values).fetchall()  # type: ignore[arg-type]


def figure(frame: FrameLocator, name: str) -> Decimal:
    return Decimal(frame.locator(f"[data-figure={name}]").first.get_attribute("data-value") or "NaN")


def column(frame: FrameLocator, section: str, name: str) -> list[str]:
    cells = frame.locator(f"[data-section={section}] [data-column={name}]")
    return [cell.get_attribute("data-value") or "" for cell in cells.all()]


@pytest.mark.parametrize("user", ["finance", "operations", "viewer"])
def test_each_person_opens_every_page_without_a_complaint_and_without_asking_elsewhere(visit: Any, user: str) -> None:
    visitor = visit(user)
    for name in PAGES:
        frame = visitor.open(name)
        expect(frame.locator("h1")).not_to_have_text("Loading")
        if user == "viewer" and name in ("grants", "close"):
            expect(frame.get_by_role("status")).to_contain_text("not for your role")
    # A page that is refused is told by its status as well, which a browser writes down.
    assert [text for text in visitor.complaints if user != "viewer" or "403 (Forbidden)" not in text] == []
    assert visitor.outside == []


def test_the_pages_stand_in_the_navigation(visit: Any) -> None:
    visitor = visit("finance")
    visitor.page.goto("/")
    visitor.page.get_by_role("button", name="Plugins").click()
    visitor.page.get_by_role("menuitem", name="Gauss").click()
    visitor.page.get_by_role("menuitem", name="Monthly spend vs budget").click()
    expect(visitor.page.frame_locator("iframe").locator("h1")).to_have_text("Monthly spend vs budget")


def test_the_numbers_of_a_month_are_those_of_sql(visit: Any, system: System) -> None:
    frame = visit("finance").open("budget", "month=2026-03")
    (expected,) = sql(
        system,
        "select sum(spend) as spend, sum(budget) as budget, sum(committed) as committed, sum(spend_ytd) as spend_ytd, "
        "sum(variance) as variance from marts.monthly_spend_vs_budget where month = '2026-03-01'",
    )
    assert expected["spend"] > 0
    for name, value in expected.items():
        assert figure(frame, name) == value, name
    shown = frame.locator("[data-figure=spend]").inner_text()
    assert f"{expected['spend']:,.2f}" in shown
    assert "KES" in shown
    assert sum(map(Decimal, column(frame, "cells", "spend"))) == expected["spend"]
    vendors = sql(
        system,
        "select sum(spend) as spend from marts.vendor_spend where month = '2026-03-01' group by vendor_id "
        "order by 1 desc limit 15",
    )
    assert [Decimal(value) for value in column(frame, "vendors", "spend")] == [row["spend"] for row in vendors]


def test_the_numbers_of_grants_and_staff_are_those_of_sql(visit: Any, system: System) -> None:
    visitor = visit("operations")
    frame = visitor.open("grants")
    spent = sql(
        system,
        "select sum(spent_to_date) as spent from marts.grant_burn as b where month = "
        "(select max(month) from marts.grant_burn as l where l.grant_id = b.grant_id and l.month <= now()) "
        "group by grant_id",
    )
    assert sorted(map(Decimal, column(frame, "grants", "spent_to_date"))) == sorted(row["spent"] for row in spent)
    frame = visitor.open("operations", "month=2026-03")
    (staff,) = sql(system, "select sum(n_staff) as n from marts.headcount where month = '2026-03-01'")
    assert figure(frame, "n_staff") == staff["n"]


def test_what_a_closed_month_changed_for_a_grant_stands_below_its_figures(visit: Any, system: System) -> None:
    with psycopg.connect(services.postgres(system.machine).dsn("gauss")) as connection:
        (code,) = connection.execute(
            "with kept as (insert into marts.grant_restatements (dag_id, run_id, month, grant_id, currency, "
            "donor_currency, spent_original_before, spent_original_after, committed_original_before, "
            "committed_original_after, spent_before, spent_after, committed_before, committed_after, batch_ids) "
            "select 'transform_metrics', 'a run', '2025-01-01', grant_id, 'KES', 'EUR', 60000, 0, 0, 0, 300, null, 0, 0, "
            "'{}' from marts.grants order by code limit 1 returning grant_id) "
            "select code from marts.grants inner join kept using (grant_id)"
        ).fetchone() or (None,)
    visitor = visit("finance")
    frame = visitor.open("grants")
    section = frame.locator("[data-section=grant_restatements]")
    cells = section.locator("tbody tr").filter(has_text="Jan 2025").locator("td")
    expect(cells.filter(has_text="KES 60,000.00 → KES 0.00")).to_have_count(1)
    expect(cells.filter(has_text="EUR 300.00 → Rate missing")).to_have_count(1)
    expect(cells.filter(has_text="unchanged")).to_have_count(2)
    frame.locator("[name=grant]").select_option(code)
    expect(frame.locator("[data-section=report]")).to_be_visible()
    expect(frame.locator("section").last).to_have_attribute("data-section", "grant_restatements")
    frame = visitor.open("budget", "month=2025-01")
    expect(section.locator("tbody tr")).to_have_count(1)
    assert visitor.complaints == []


def test_what_is_rejected_of_a_file_shows_within_one_poll(visit: Any, system: System) -> None:
    visitor = visit("finance")
    frame = visitor.open("ingestion")
    number = int(time.time())
    before = figure(frame, "n_open")
    # What somebody does at a table meanwhile outlives the poll that changes it.
    file_name = frame.locator("[data-section=batches] th[scope=col]").filter(has_text="File")
    file_name.get_by_role("button").press("Enter")
    folder = system.machine.inbox / "leeds"
    folder.mkdir(exist_ok=True)
    # One bad row of forty-one is within the profile's limit: the run stays green, and the row waits.
    good = "".join(LINE.format(number=f"{number}{place}", day="05/10/2024") for place in range(10, 50))
    (folder / ".part").write_text(HEADING + good + LINE.format(number=number, day="2024-10-06"))
    (folder / ".part").rename(folder / "2024-10.csv")
    services.api(system.machine).trigger("ingest_validate_load")
    deadline = time.monotonic() + 300
    statement = "select from reporting.ingestion_rejects where source = 'leeds' and rejected_at > %(since)s"
    since = dt.datetime.fromtimestamp(number, dt.UTC)
    while not sql(system, statement, since=since):
        assert time.monotonic() < deadline, "the row was not rejected"
        time.sleep(0.2)
    written = time.monotonic()
    expect(frame.locator("[data-section=rejects]")).to_contain_text("2024-10.csv", timeout=20_000)
    # One poll, and a moment for the answer and a busy machine.
    assert time.monotonic() - written < ONE_POLL + 4
    assert figure(frame, "n_open") > before
    expect(frame.locator("[data-section=batches]")).to_contain_text("2024-10.csv")
    expect(file_name).to_have_attribute("aria-sort", "ascending")
    expect(file_name.get_by_role("button")).to_be_focused()
    (reject,) = sql(
        system,
        "select dataset, batch_id from reporting.ingestion_rejects where source = 'leeds' order by reject_id desc limit 1",
    )
    frame.get_by_role("button", name="How to replay").first.click()
    dialog = frame.get_by_role("dialog")
    expect(dialog).to_contain_text("make rejects SOURCE=leeds")
    expect(dialog).to_contain_text(f"rejects.{reject['dataset']}.{reject['batch_id'].hex[:12]}.")
    expect(dialog).to_contain_text(".gauss/inbox/leeds/")
    visitor.page.keyboard.press("Escape")
    expect(frame.get_by_role("button", name="How to replay").first).to_be_focused()


def test_operations_sees_leave_and_finance_does_not(visit: Any) -> None:
    frame = visit("operations").open("operations")
    expect(frame.locator("[data-section=leave]")).to_be_visible()
    frame = visit("finance").open("operations")
    expect(frame.locator("[data-section=headcount]")).to_be_visible()
    expect(frame.locator("[data-section=leave]")).to_have_count(0)


def test_a_long_list_says_how_much_of_it_is_shown_and_shows_the_rest(visit: Any, system: System) -> None:
    with psycopg.connect(services.postgres(system.machine).dsn("gauss")) as connection:
        connection.execute(
            "insert into ops.run_log (dag_id, run_id, attempt, status) "
            "select 'another_pipeline', 'run ' || n, 1, 'success' from generate_series(1, 60) as n"
        )
    (runs,) = sql(system, "select count(*) as n from reporting.pipeline_runs")
    assert 60 < runs["n"] < 200, "it fits the answer's bound"
    # A question that nobody asked yet: answers are remembered for some seconds.
    section = visit("operations").open("operations", "days=29").locator("[data-section=runs]")
    expect(section.locator("tbody tr")).to_have_count(50)
    expect(section).to_contain_text(f"50 of {runs['n']} shown")
    section.get_by_role("button", name="Show all").click()
    expect(section.locator("tbody tr")).to_have_count(runs["n"])


def test_older_months_can_be_reached_from_the_close_page(visit: Any, system: System) -> None:
    (known,) = sql(system, "select count(*) as n from ops.closing_checklist")
    frame = visit("finance").open("close", "months=2")
    months = frame.locator("[data-section=checklists] tbody tr")
    expect(months).to_have_count(2)
    frame.get_by_role("button", name="Show older months").click()
    expect(months).to_have_count(known["n"])
    expect(frame.get_by_role("button", name="Show older months")).to_have_count(0)


def test_a_viewer_sees_groups_of_three_and_more_and_no_payee(visit: Any, system: System) -> None:
    frame = visit("viewer").open("budget", "month=2026-03")
    expect(frame.locator("section")).to_have_count(1)
    rows = sql(system, "select n_people from marts.spend_overview where month = '2026-03-01'")
    small = sum(row["n_people"] < 3 for row in rows)
    frame.get_by_text("Table", exact=True).click()
    expect(frame.locator("tbody tr")).to_have_count(len(rows))
    expect(frame.get_by_text("Withheld", exact=True)).to_have_count(small)
    frame.get_by_role("button", name="Spent").click()
    spent = [Decimal(value) for value in column(frame, "overview", "spend") if value]
    assert spent == sorted(spent, reverse=True)


@pytest.mark.parametrize(
    ("user", "path", "status"),
    [
        ("finance", "/gauss/data/budget", 200),
        ("finance", "/gauss/data/operations/leave", 403),
        ("finance", "/gauss/data/budget?rows=5000", 422),
        ("finance", "/gauss/data/nothing", 404),
        ("finance", "/gauss/files/../serving.py", 404),
        ("operations", "/gauss/data/operations/leave", 200),
        ("viewer", "/gauss/data/grants", 403),
        ("viewer", "/gauss/data/budget/expenses", 403),
        ("viewer", "/gauss/export/ingestion/rejects.csv", 403),
        ("viewer", "/gauss/data/ingestion", 200),
        ("viewer", "/gauss/files/app.js", 200),
    ],
)
def test_airflow_and_the_role_decide_on_every_route(visit: Any, user: str, path: str, status: int) -> None:
    assert visit(user).status(path) == status


@pytest.mark.parametrize(
    "path", ["/gauss/budget", "/gauss/data/budget", "/gauss/files/app.js", "/gauss/icons/budget.svg"]
)
def test_who_is_not_logged_in_gets_nothing(browser: Browser, system: System, path: str) -> None:
    page = window(browser, system)
    assert page.request.get(path, fail_on_status_code=False).status == 401
    page.close()


def test_a_line_leads_to_its_expenses_and_each_to_its_history(visit: Any) -> None:
    visitor = visit("finance")
    frame = visitor.open("budget", "month=2026-03")
    frame.locator("[data-section=cells] tbody button").first.click()
    dialog = frame.get_by_role("dialog").first
    dialog.get_by_role("button", name="History").first.click()
    history = frame.get_by_role("dialog").last
    expect(history).to_contain_text("As it stands")
    expect(history).to_contain_text(".csv, row")
    visitor.page.keyboard.press("Escape")
    expect(frame.get_by_role("dialog")).to_have_count(1)
    expect(dialog.get_by_role("button", name="History").first).to_be_focused()


def test_more_expenses_join_the_list_and_a_failure_takes_none_away(visit: Any) -> None:
    visitor = visit("finance")
    frame = visitor.open("budget", "month=2026-03")
    frame.get_by_role("button", name="All expenses").click()
    dialog = frame.get_by_role("dialog")
    expect(dialog.locator("tbody tr")).to_have_count(100)
    expect(dialog.get_by_role("status")).to_have_text("100 shown")  # and not the table
    payee = dialog.locator("th[scope=col]").filter(has_text="Payee")
    payee.get_by_role("button").click()
    more = dialog.get_by_role("button", name="Show more")
    visitor.page.context.set_offline(True)
    more.press("Enter")
    expect(dialog.get_by_role("status")).to_contain_text("cannot be reached")
    expect(dialog.locator("tbody tr")).to_have_count(100)
    visitor.page.context.set_offline(False)
    more.press("Enter")
    expect(dialog.locator("tbody tr")).to_have_count(200)
    expect(payee).to_have_attribute("aria-sort", "ascending")
    expect(more).to_be_focused()


def test_a_grant_narrows_the_whole_page_and_brings_its_own_budget(visit: Any, system: System) -> None:
    (chosen,) = sql(
        system,
        "select g.code, count(distinct a.expense_id) as n_expenses, "
        "count(*) filter (where a.is_rate_missing and a.measure <> 'neither') as n_missing, "
        "sum(round(a.amount * f.rate, 2)) filter (where a.measure = 'spent') as spend from marts.allocation_facts as a "
        "join marts.expense_facts as f on a.expense_id = f.expense_id "
        "join marts.grants as g on a.grant_id = g.grant_id where a.month = '2026-03-01' "
        "group by g.code order by 2, 1 limit 1",
    )
    lines = sql(
        system,
        "select b.budget, b.spent_to_date, b.unspent from marts.grant_burn as b "
        "join marts.grants as g on b.grant_id = g.grant_id where b.month = '2026-03-01' and g.code = %(code)s",
        code=chosen["code"],
    )
    (all_of_them,) = sql(system, "select count(*) as n from marts.expense_facts where month = '2026-03-01'")
    assert 0 < chosen["n_expenses"] < 100 < all_of_them["n"]
    visitor = visit("finance")
    frame = visitor.open("budget", "month=2026-03")
    expect(frame.locator("[data-figure=run_rate]")).to_be_visible()
    grant = frame.locator("[name=grant]")
    grant.select_option(chosen["code"])
    expect(frame.locator("[data-figure=run_rate]")).to_have_count(0)
    expect(frame.locator("[data-section=total] + [data-section=grant_lines]")).to_be_visible()
    assert figure(frame, "spend") == chosen["spend"]
    assert figure(frame, "unspent") == sum(row["unspent"] for row in lines)
    for section in ("departments", "cells"):
        assert sum(map(Decimal, column(frame, section, "spend"))) == chosen["spend"], section
    for name in ("budget", "spent_to_date"):
        shown = sorted(map(Decimal, column(frame, "grant_lines", name)))
        assert shown == sorted(row[name] for row in lines), name
    assert sum(map(int, column(frame, "charged", "n_rates_missing"))) == chosen["n_missing"]
    frame.get_by_role("button", name="All expenses").click()
    dialog = frame.get_by_role("dialog")
    expect(dialog.locator("tbody tr")).to_have_count(chosen["n_expenses"])
    expect(dialog.locator("thead")).to_contain_text(f"Charged to {chosen['code']}")
    assert f"grant={chosen['code']}" in (dialog.get_by_role("link", name="CSV").get_attribute("href") or "")
    visitor.page.keyboard.press("Escape")
    expect(frame.get_by_role("button", name="All expenses")).to_be_focused()
    grant.select_option("")
    expect(frame.locator("[data-section=grant_lines]")).to_have_count(0)
    expect(frame.locator("[data-figure=run_rate]")).to_be_visible()
    assert visitor.complaints == []


def test_a_filter_is_shown_even_if_nothing_answers_to_it(visit: Any) -> None:
    frame = visit("finance").open("budget", "month=2026-03&department=GONE")
    expect(frame.locator("[name=department]")).to_have_value("GONE")


def test_a_link_leaves_the_frame_for_the_run(visit: Any) -> None:
    visitor = visit("finance")
    frame = visitor.open("ingestion")
    frame.locator("[data-section=batches]").get_by_role("link", name="Run and log").first.click()
    expect(visitor.page).to_have_url(re.compile("/dags/ingest_validate_load/runs/"))
    expect(visitor.page.get_by_text("collect", exact=True).first).to_be_visible()


def test_csv_and_the_month_pack_come_down(visit: Any) -> None:
    visitor = visit("finance")
    frame = visitor.open("budget", "month=2026-03")
    with visitor.page.expect_download() as pack:
        frame.get_by_role("link", name="Month pack").click()
    assert pack.value.suggested_filename == "spend-vs-budget-2026-03.xlsx"
    with visitor.page.expect_download() as sheet:
        frame.get_by_role("link", name="Variance: CSV").click()
    assert sheet.value.suggested_filename == "budget-cells-2026-03.csv"
    assert sheet.value.path().read_text(encoding="utf-8-sig").startswith("department_code,")


def test_a_month_is_closed_and_reopened_by_whom_airflow_lets(visit: Any, system: System) -> None:
    (month,) = sql(system, "select min(month) as month from ops.closing_checklist where status = 'open' and is_ready")
    name = f"{month['month']:%b %Y}".replace("Sep ", "Sept ")
    auditor = visit("auditor").open("close")
    auditor.get_by_role("button", name=f"Close {name}").click()
    auditor.get_by_role("dialog").get_by_role("button", name=f"Close {name}").click()
    expect(auditor.get_by_role("dialog")).to_contain_text("may not trigger")

    frame = visit("finance").open("close")
    for deed, said, event in (("Close", "is closed", "closed"), ("Reopen", "is open again", "reopened")):
        frame.get_by_role("button", name=f"{deed} {name}").click()
        frame.get_by_role("dialog").get_by_role("button", name=f"{deed} {name}").click()
        expect(frame.get_by_role("dialog")).to_contain_text(said, timeout=240_000)
        (noted,) = sql(
            system,
            "select done_by from ops.period_events where month = %(month)s and event = %(event)s "
            "order by period_event_id desc limit 1",
            month=month["month"],
            event=event,
        )
        assert noted["done_by"] == "finance"
        frame.get_by_role("dialog").get_by_role("button", name="Close", exact=True).click()
        expect(frame.locator("[data-section=events]")).to_contain_text("finance")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_phone(visit: Any, name: str) -> None:
    visitor = visit("operations", viewport={"width": 390, "height": 844})
    visitor.open(name)
    frame = visitor.page.frames[-1]
    assert frame.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_follows_airflows_theme(visit: Any, scheme: str) -> None:
    visitor = visit("finance", color_scheme=scheme)
    visitor.open("budget")
    frame = visitor.page.frames[-1]
    assert frame.evaluate("document.documentElement.dataset.theme") == scheme
    colours = (
        "[document.body, document.documentElement].map((each) => getComputedStyle(each).backgroundColor)"
        ".find((colour) => colour !== 'rgba(0, 0, 0, 0)')"
    )
    assert frame.evaluate(colours) == visitor.page.evaluate(colours)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("name", "query"),
    [*((name, "") for name in PAGES), ("budget", "month=2026-03&grant=NRF-WASH-01"), ("grants", "grant=NRF-WASH-01")],
)
def test_a_page_breaks_no_rule_of_accessibility_that_a_machine_can_check(
    visit: Any, name: str, query: str, scheme: str
) -> None:
    visitor = visit("operations", color_scheme=scheme)
    visitor.open(name, query)
    frame = visitor.page.frames[-1]
    frame.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    told = Axe().run(frame, options={"runOnly": WCAG}).response
    assert {"color-contrast", "td-headers-attr"} <= {rule["id"] for rule in told["passes"]}, "it looked at the page"
    assert [(rule["id"], [node["html"] for node in rule["nodes"]][:5]) for rule in told["violations"]] == []


def test_a_page_is_used_by_keyboard_and_read_aloud(visit: Any) -> None:
    visitor = visit("finance")
    frame = visitor.open("budget", "month=2026-03")
    heading = frame.locator("[data-section=cells] th[scope=col]").filter(has_text="Spent").first
    heading.get_by_role("button").focus()
    visitor.page.keyboard.press("Enter")
    expect(heading).to_have_attribute("aria-sort", "descending")
    spent = [Decimal(value) for value in column(frame, "cells", "spend")]
    assert spent == sorted(spent, reverse=True)
    for chart in frame.locator(".chart").all():
        assert chart.get_attribute("role") == "img"
        assert "table below" in (chart.get_attribute("aria-label") or "")
    sections = frame.locator("section.card:has(.chart)")
    assert sections.count() == frame.locator("section.card:has(.chart) details table").count()
    assert frame.locator("table:not(:has(caption))").count() == 0

"""What a data engineer sees on the first day, in a real browser: a green pipeline and the log of its tasks."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from deploy.local import services
from tests.system.browser import chromium, keep_picture, log_in, window
from tests.system.conftest import System

pytestmark = [
    pytest.mark.system,
    pytest.mark.browser,
    pytest.mark.xdist_group("system"),
    pytest.mark.timeout(900),
]


@pytest.fixture
def page(system: System) -> Iterator[Page]:
    with chromium() as browser:
        yield window(browser, system)


def test_admin_sees_the_main_pipeline_green_and_opens_a_task_log(page: Page, system: System) -> None:
    run = services.api(system.machine).runs("ingest_validate_load", run_type=["manual"])[0]
    log_in(page, system, "admin")

    page.goto("/dags/ingest_validate_load/runs")
    row = page.get_by_role("row").filter(has_text=run["dag_run_id"])
    expect(row.get_by_text("Success")).to_be_visible()
    keep_picture(page, "runs")

    row.get_by_role("link", name=run["dag_run_id"]).click()
    page.locator('a[href*="/runs/"][href*="/tasks/collect"]').filter(has_text="collect").first.click()
    expect(page).to_have_url(re.compile("/runs/.*/tasks/collect"))
    expect(page.get_by_text("Period: everything pending").first).to_be_visible()
    keep_picture(page, "task-log")


def test_a_viewer_sees_the_pipeline_and_cannot_trigger_it(page: Page, system: System) -> None:
    log_in(page, system, "viewer")
    page.goto("/dags/ingest_validate_load")
    expect(page.get_by_text("ingest_validate_load").first).to_be_visible()
    answer = page.request.post(
        "/api/v2/dags/ingest_validate_load/dagRuns", data={"logical_date": None}, fail_on_status_code=False
    )
    assert answer.status == 403

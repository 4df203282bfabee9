"""What a data engineer sees on the first day, in a real browser: a green pipeline and the log of its tasks."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from deploy.local import services
from deploy.local.test_setup import BROWSERS
from tests.system.conftest import System

pytestmark = [
    pytest.mark.system,
    pytest.mark.browser,
    pytest.mark.xdist_group("system"),
    pytest.mark.timeout(900),
]

PATIENCE = 30_000
QUIET = [
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture
def page(system: System) -> Iterator[Page]:
    program = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if program is None:
        missing = "there is no Chromium here: apt-get install chromium"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        page = browser.new_page(viewport={"width": 1400, "height": 900}, base_url=system.machine.airflow_url)
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        yield page
        browser.close()


def log_in(page: Page, system: System, user: str) -> None:
    page.goto("/")
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", system.machine.secrets.password(f"airflow/{user}"))
    page.click("input[type=submit]")
    expect(page.get_by_role("link", name="Dags", exact=True).first).to_be_visible()


def keep_picture(page: Page, name: str) -> None:
    """Pictures for the documentation, where GAUSS_PICTURES names a folder."""
    if folder := os.environ.get("GAUSS_PICTURES"):
        page.wait_for_load_state("networkidle")
        page.screenshot(path=Path(folder) / f"{name}.png")


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

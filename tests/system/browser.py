"""Chromium on the running system: a fresh window for each test, and the way through Airflow's login."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from deploy.local.test_setup import BROWSERS
from tests.system.conftest import System

PATIENCE = 30_000
QUIET = [
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's browser; without it a test is skipped, unless it runs where nothing may be."""
    program = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if program is None:
        missing = "there is no Chromium here: apt-get install chromium"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield browser
        browser.close()


def window(browser: Browser, system: System, **options: Any) -> Page:
    """A window without anybody's session."""
    wanted: dict[str, Any] = {"viewport": {"width": 1400, "height": 900}, "base_url": system.machine.airflow_url}
    page = browser.new_page(**wanted | options)
    page.set_default_timeout(PATIENCE)
    return page


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

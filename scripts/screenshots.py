"""Takes the pictures of the documentation: each page as the person whom it is for, in light, in dark, on a phone."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from deploy.local.machine import Machine
from deploy.local.screen import run_command, say
from deploy.local.test_setup import BROWSERS
from deploy.local.trouble import MissingPiece

QUIET = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")


@dataclass(frozen=True)
class Picture:
    """A page as somebody sees it; `query` is its filters."""

    name: str
    page: str
    user: str
    query: str = ""
    scheme: str = "light"
    width: int = 1440
    height: int = 900


PICTURES = (
    Picture("ingestion", "ingestion", "operations"),
    Picture("budget", "budget", "finance", "month=2026-10"),
    Picture("budget-dark", "budget", "finance", "month=2026-10", "dark"),
    Picture("budget-phone", "budget", "finance", "month=2026-10", width=390, height=844),
    Picture("grants", "grants", "finance", "grant=NRF-WASH-01"),
    Picture("operations", "operations", "operations", "month=2026-10"),
    Picture("close", "close", "finance"),
)


def main() -> int:
    """Take them all into docs/images; each person logs in once."""
    from playwright.sync_api import sync_playwright

    machine = Machine.here().once_started()
    program = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if program is None:
        raise MissingPiece("There is no Chromium here: apt-get install chromium.")
    folder = machine.root / "docs" / "images"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        sessions = {}
        for user in sorted({picture.user for picture in PICTURES}):
            page = browser.new_page(base_url=machine.airflow_url)
            page.goto("/")
            page.fill("input[name=username]", user)
            page.fill("input[name=password]", machine.secrets.password(f"airflow/{user}"))
            page.click("input[type=submit]")
            page.get_by_role("link", name="Dags", exact=True).first.wait_for()
            sessions[user] = page.context.storage_state()
            page.close()
        for picture in PICTURES:
            page = browser.new_page(
                base_url=machine.airflow_url,
                storage_state=sessions[picture.user],
                viewport={"width": picture.width, "height": picture.height},
                color_scheme="dark" if picture.scheme == "dark" else "light",
                reduced_motion="reduce",
            )
            page.goto(f"/plugin/gauss-{picture.page}/gauss/{picture.page}?{picture.query}")
            page.frame_locator("iframe").locator("#content[aria-busy=false]").wait_for()
            page.wait_for_timeout(700)
            page.screenshot(path=folder / f"{picture.name}.png")
            page.close()
            say(f"docs/images/{picture.name}.png")
        browser.close()
    return 0


if __name__ == "__main__":
    run_command(main)

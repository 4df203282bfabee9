"""The plugin: five pages in a group of Airflow's navigation, and the application that serves them."""

from __future__ import annotations

from typing import Any

from airflow.plugins_manager import AirflowPlugin

from include.dashboards.pages import PAGES

PREFIX = "/gauss"
GROUP = "Gauss"


class PagesApp:
    """The application, made when it is first asked: most of Airflow's processes load this file and serve nothing."""

    def __init__(self) -> None:
        self._app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request."""
        if self._app is None:
            from plugins.ui.serving import make_app

            self._app = make_app()
        await self._app(scope, receive, send)


APPS = [{"name": "Gauss pages", "app": PagesApp(), "url_prefix": PREFIX}]
VIEWS = [
    {
        "name": page.title,
        "href": f"{PREFIX.removeprefix('/')}/{page.name}",
        "destination": "nav",
        "category": GROUP,
        "url_route": f"gauss-{page.name}",
        "icon": f"{PREFIX}/icons/{page.icon}.svg",
        "icon_dark_mode": f"{PREFIX}/icons/{page.icon}-dark.svg",
    }
    for page in PAGES.values()
]


class GaussPages(AirflowPlugin):
    """Pages for finance, operations, auditors and whoever may look."""

    name = "gauss_pages"
    fastapi_apps = APPS
    external_views = VIEWS

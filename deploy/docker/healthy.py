"""A container's health check: `python -m deploy.docker.healthy <component>` asks the api-server, or the API, how it is.

Airflow's own check loads all of Airflow each time, ten seconds of a processor; this one takes milliseconds.
"""

from __future__ import annotations

import os
import sys
import urllib.request

from deploy.local.airflow_api import AirflowApi


def main(component: str) -> int:
    """0 when the component is healthy, else 1; the API is asked in its own container."""
    if component == "api":
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{os.environ.get('API_PORT', '8000')}/healthz", timeout=5):
                return 0
        except OSError:
            return 1
    health = AirflowApi(os.environ.get("HEALTH_URL", "http://api-server:8080"), "", "").health()
    return 0 if health.get(component) == "healthy" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

"""`python -m api`: the service on this machine, one process under uvicorn."""

import logging
import logging.config
import sys
import time

import uvicorn

from api import protocol
from api.app import make_app
from api.settings import Settings
from include.errors import BadConfiguration

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"()": "api.__main__.Plain", "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "bare": {"format": "%(message)s"},
    },
    "handlers": {
        "told": {"class": "logging.StreamHandler", "formatter": "plain", "stream": "ext://sys.stderr"},
        "access": {"class": "logging.StreamHandler", "formatter": "bare", "stream": "ext://sys.stdout"},
    },
    "root": {"level": "INFO", "handlers": ["told"]},
    "loggers": {
        "api.access": {"level": "INFO", "handlers": ["access"], "propagate": False},
        "psycopg.pool": {"level": "ERROR"},
    },
}


class Plain(logging.Formatter):
    """Lines in UTC without tracebacks, whose last line may quote what was sent."""

    converter = staticmethod(time.gmtime)

    def formatException(self, ei: object) -> str:  # noqa: N802 - logging's own name
        """Only the kind of error."""
        return str(getattr(ei, "__getitem__", lambda at: "error")(0))


def main() -> int:
    """Serve until told to stop."""
    try:
        settings = Settings.from_environment()
    except BadConfiguration as error:
        sys.stderr.write(f"{error}.\n")
        return 2
    logging.config.dictConfig(LOGGING)
    protocol.HEADERS_WITHIN = settings.headers_within
    protocol.MOST_CONNECTIONS = settings.connections
    uvicorn.run(
        make_app(settings),
        host=settings.host,
        port=settings.port,
        http=protocol.PatientProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=10,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""dbt in this process: the models of a scope built and tested in their own schemas, a line per node, never a row."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.metrics.scope import PROJECT, Scope

if TYPE_CHECKING:
    from include.schemas.organisation import Organisation

APPLICATION = "transform_metrics"

_CHANGING = (
    "path:models/intermediate", "path:models/marts", "path:tests", "path:models/staging,test_name:relationships",
)  # fmt: skip

# What a database says when it is away, full or busy: only looked for, never repeated.
_AWAY = (
    "could not connect", "connection refused", "connection to server", "server closed the connection",
    "terminating connection", "the database system is", "connection already closed", "connection not open",
    "too many connections", "remaining connection slots", "lock timeout", "statement timeout", "deadlock detected",
    "no space left", "could not extend file", "out of memory", "ssl syscall",
)  # fmt: skip


@dataclass(frozen=True)
class Node:
    """What became of a model or test; `n_failures` counts rows that a test found, `n_rows` rows that a model has."""

    name: str
    kind: str
    status: str
    severity: str | None
    n_failures: int | None
    n_rows: int | None
    seconds: float

    @property
    def is_sound(self) -> bool:
        """Whether it did not fail; a warning is sound."""
        return self.status in ("success", "pass", "warn", "no-op")


@dataclass(frozen=True)
class Built:
    """What became of a build; `is_away` when the database was the reason that it failed."""

    nodes: tuple[Node, ...]
    is_away: bool = False
    is_broken: bool = False

    @property
    def failed(self) -> list[Node]:
        """Models and tests that failed; those that were left out because of them are not among them."""
        return [node for node in self.nodes if not node.is_sound and node.status != "skipped"]

    @property
    def warned(self) -> list[Node]:
        """Tests that found something and hold nothing up."""
        return [node for node in self.nodes if node.status == "warn"]

    @property
    def is_sound(self) -> bool:
        """Whether everything was built and every test passed."""
        return not self.is_broken and bool(self.nodes) and all(node.is_sound for node in self.nodes)


def dbt_variables(scope: Scope, organisation: Organisation) -> dict[str, Any]:
    """The variables that the models are compiled with."""
    return {
        "months": "all" if scope.is_full else [month.isoformat() for month in scope.months],
        "base_currency": organisation.base_currency,
        "fiscal_year_first_month": organisation.fiscal_year_first_month,
        "timezone": organisation.timezone,
    }


def build(
    scope: Scope,
    organisation: Organisation,
    environment: Mapping[str, str],
    *,
    say: Callable[[Node], None] = lambda node: None,
    project: Path = PROJECT,
) -> Built:
    """Build and test the scope's models. dbt itself says nothing: its messages quote rows.

    Unless everything is built, the views of staging stand as they are: they change with the models only. What their
    rows refer to is tested all the same.

    :param environment: what dbt/profiles.yml asks for: GAUSS_DBT_HOST, …_PORT, …_DATABASE, …_USER and
        DBT_ENV_SECRET_GAUSS_PASSWORD
    :param say: is told of each node as it ends, in threads of dbt's
    """
    from dbt.cli.main import dbtRunner

    with tempfile.TemporaryDirectory(prefix="gauss-dbt-") as work, _variables(environment):
        command = [
            "build",
            *("--project-dir", str(project), "--profiles-dir", str(project)),
            *("--target-path", f"{work}/target", "--log-path", f"{work}/logs"),
            *("--log-level", "none", "--log-level-file", "none", "--no-use-colors", "--quiet"),
            *("--no-version-check", "--no-send-anonymous-usage-stats", "--no-write-json", "--no-partial-parse"),
            # They try rules on made-up rows, not the organisation's: the project's tests run them.
            *("--exclude-resource-type", "unit_test"),
            *("--vars", json.dumps(dbt_variables(scope, organisation))),
        ]
        command += ["--full-refresh"] if scope.is_full else ["--select", *_CHANGING]
        runner = dbtRunner(callbacks=[lambda event: _tell(event, say)])
        done = runner.invoke(command)
    results = list(getattr(done.result, "results", None) or [])
    texts = [str(result.message or "") for result in results if str(result.status) == "error"]
    if done.exception is not None:
        texts.append(str(done.exception))
    return Built(
        tuple(_node(result) for result in results),
        is_away=any(mark in text.lower() for text in texts for mark in _AWAY),
        is_broken=done.exception is not None,
    )


@contextmanager
def _variables(environment: Mapping[str, str]) -> Iterator[None]:
    """The environment's variables for as long as dbt runs; nothing of them stays behind."""
    wanted = {"GAUSS_DBT_APPLICATION": APPLICATION, "DO_NOT_TRACK": "1", **environment}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _tell(event: Any, say: Callable[[Node], None]) -> None:
    if event.info.name != "NodeFinished":
        return
    info, result = event.data.node_info, event.data.run_result
    say(
        Node(
            name=info.node_name,
            kind=info.resource_type,
            status=info.node_status,
            severity=None,
            n_failures=result.num_failures or None,
            n_rows=None,
            seconds=round(result.execution_time, 3),
        )
    )


def _node(result: Any) -> Node:
    rows = (result.adapter_response or {}).get("rows_affected")
    is_test = result.node.resource_type == "test"
    return Node(
        name=result.node.name,
        kind=str(result.node.resource_type),
        status=str(result.status).replace(" ", "-"),
        severity=str(result.node.config.severity).lower() if is_test else None,
        n_failures=result.failures,
        n_rows=None if is_test or rows is None or rows < 0 else int(rows),
        seconds=round(float(result.execution_time), 3),
    )

"""`make docs`: write docs/dags.md, the reference of the pipelines, from the DAG files themselves."""

import datetime as dt
import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deploy.local.environment import enter
from deploy.local.machine import ROOT
from deploy.local.screen import run_command, say
from deploy.local.trouble import StepFailed

PAGE = ROOT / "docs" / "dags.md"
HEAD = """\
# Pipelines

Written by `make docs` from the DAG files, and held fresh by a test: change the DAG file, not this page.
"""


def load_dags() -> list[Any]:
    """The DAGs of dags/, by name.

    Raises:
        StepFailed: a DAG file cannot be imported.
    """
    with tempfile.TemporaryDirectory() as home:
        # Read by Airflow when it is first imported; no database is opened.
        os.environ |= {
            "AIRFLOW_HOME": home,
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        }
        from airflow.dag_processing.dagbag import DagBag

        bag = DagBag(dag_folder=str(ROOT / "dags"))
    if bag.import_errors:
        file, error = next(iter(bag.import_errors.items()))
        raise StepFailed(f"{Path(file).name} cannot be imported: {error.strip().splitlines()[-1]}")
    return [bag.dags[name] for name in sorted(bag.dags)]


def page(dags: list[Any]) -> str:
    """The whole page."""
    return "\n".join([HEAD, *("\n".join(_chapter(dag)) for dag in dags)])


def _chapter(dag: Any) -> Iterator[str]:
    yield f"## {dag.dag_id}\n"
    yield f"{dag.doc_md.strip()}\n"
    yield "| setting | value |"
    yield "|---|---|"
    for name, value in _settings(dag):
        yield f"| {name} | {value} |"
    yield "\n| parameter | default | allowed | meaning |"
    yield "|---|---|---|---|"
    for name in dag.params:
        param = dag.params.get_param(name)
        yield f"| `{name}` | {_word(param.value)} | {_allowed(param.schema)} | {param.description} |"
    yield "\n| task | operator | what it does |"
    yield "|---|---|---|"
    for task in dag.topological_sort():
        kind = getattr(task, "operator_class", type(task))
        yield f"| `{task.task_id}` | `{kind.__module__}.{kind.__name__}` | {_first_sentence(kind)} |"
    yield ""


def _settings(dag: Any) -> Iterator[tuple[str, str]]:
    tasks = list(dag.topological_sort())
    yield "schedule", _schedule(dag.timetable)
    yield "owner", dag.owner
    yield "tags", ", ".join(sorted(dag.tags))
    yield "runs at the same time", str(dag.max_active_runs)
    yield "longest run", _span(dag.dagrun_timeout)
    yield "longest task", _span(max(task.execution_timeout for task in tasks))
    yield "tries again", f"{max(task.retries for task in tasks)} times, where waiting may help"
    yield "pools", ", ".join(sorted({task.pool for task in tasks}))
    assets = sorted({asset.name for task in tasks for asset in task.outlets})
    yield "tells when it changed", ", ".join(f"asset `{name}`" for name in assets) or "nobody"


def _schedule(timetable: Any) -> str:
    expression = getattr(timetable, "expression", None)
    if expression is None:
        return type(timetable).__name__
    return f"`{expression}` in {timetable.timezone}; a run's data interval is the one before it"


def _span(length: dt.timedelta) -> str:
    minutes = int(length.total_seconds()) // 60
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


def _allowed(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    kinds: list[str] = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    named: list[str] = [
        str(schema.get("format", kind)) if kind == "string" else kind for kind in kinds if kind != "null"
    ]
    return " or ".join(named + ["nothing"] * ("null" in kinds))


def _word(value: Any) -> str:
    return "–" if value is None else f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _first_sentence(kind: type) -> str:
    module = sys.modules[kind.__module__]
    return " ".join((module.__doc__ or "").strip().split("\n\n")[0].split())


def main() -> int:
    """Write the page, or print it with --print."""
    if importlib.util.find_spec("airflow") is None:
        enter("scripts.describe_dags", sys.argv[1:])
    text = page(load_dags())
    if "--print" in sys.argv[1:]:
        say(text.rstrip("\n"))
        return 0
    PAGE.write_text(text, encoding="utf-8")
    say(f"Wrote {PAGE.relative_to(ROOT)}.")
    return 0


if __name__ == "__main__":
    run_command(main)

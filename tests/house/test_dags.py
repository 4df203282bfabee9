"""The laws of a DAG file."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.house.tree import ROOT, parsed, python_files, text

DAG_FILES = python_files("dags")
LONGEST = 80
CHAPTERS = {
    "what it does": "### ",
    "what it reads": "**Reads**",
    "what it writes": "**Writes**",
    "when it may run again": "**Safe to run again**",
    "what to do when it is red": "**When it is red:**",
}
ENDERS = ["record", "announce"]


def airflow_environment(home: Path) -> dict[str, str]:
    """A clean environment with an Airflow home of its own."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "PYTEST_"))}
    return clean | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "PYTHONPATH": str(ROOT),
    }


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("airflow")
    answer = home / "facts.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.house.dag_facts", str(ROOT / "dags"), str(answer)],
        cwd=ROOT,
        env=airflow_environment(home),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(answer.read_text())


@pytest.fixture(scope="module")
def dags(facts: dict[str, Any]) -> list[dict[str, Any]]:
    assert facts["dags"], "no DAG was found"
    return facts["dags"]


def test_every_dag_file_is_imported_without_an_error(facts: dict[str, Any]) -> None:
    assert facts["errors"] == {}


def test_one_file_holds_one_dag_of_the_same_name(dags: list[dict[str, Any]]) -> None:
    assert {dag["file"]: dag["dag_id"] for dag in dags} == {path.name: path.stem for path in DAG_FILES}


@pytest.mark.parametrize("path", DAG_FILES, ids=str)
def test_a_dag_file_is_a_table_of_contents(path: Path) -> None:
    lines = text(path).splitlines()
    assert len(lines) <= LONGEST, f"{path} has {len(lines)} lines: move what it does into plugins/ or include/"
    definitions = [
        node
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda)
    ]
    (function,) = definitions
    assert isinstance(function, ast.FunctionDef)
    assert function.name == path.stem
    (decorator,) = function.decorator_list
    assert isinstance(decorator, ast.Call)
    assert ast.unparse(decorator.func) == "dag"


@pytest.mark.parametrize("path", DAG_FILES, ids=str)
def test_a_dag_file_computes_nothing(path: Path) -> None:
    loops = (ast.For, ast.While, ast.If, ast.Try, ast.With, ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp)
    assert not [node for node in ast.walk(parsed(path)) if isinstance(node, loops)]


@pytest.mark.parametrize("path", DAG_FILES, ids=str)
def test_a_dag_file_imports_the_standard_library_airflow_sdk_and_plugins(path: Path) -> None:
    named = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            named.add(node.module or "")
    strange = {
        name
        for name in named
        if name != "airflow.sdk"
        and name.split(".")[0] != "plugins"
        and name.split(".")[0] not in sys.stdlib_module_names
    }
    assert strange == set()


def test_the_documentation_of_a_dag_says_five_things(dags: list[dict[str, Any]]) -> None:
    for dag in dags:
        docstring = ast.get_docstring(parsed(Path("dags") / dag["file"]))
        assert dag["doc_md"].strip() == docstring, f"{dag['dag_id']}: doc_md is not the file's docstring"
        missing = [what for what, mark in CHAPTERS.items() if mark not in dag["doc_md"]]
        assert missing == [], f"{dag['dag_id']} does not say {', '.join(missing)}"


def test_a_dag_names_its_owner_and_its_tags(dags: list[dict[str, Any]]) -> None:
    for dag in dags:
        assert dag["owner"] not in ("", "airflow"), dag["dag_id"]
        assert dag["tags"], dag["dag_id"]


def test_a_dag_limits_its_runs(dags: list[dict[str, Any]]) -> None:
    for dag in dags:
        assert 1 <= dag["max_active_runs"] < 16, "Airflow's default was not chosen by anybody"
        assert dag["dagrun_timeout"], dag["dag_id"]
        assert dag["catchup"] is False, "history comes in by a backfill that somebody asks for"


def test_every_parameter_has_a_type_and_a_description(dags: list[dict[str, Any]]) -> None:
    for dag in dags:
        for name, param in dag["params"].items():
            assert param["type"], f"{dag['dag_id']}: {name}"
            assert param["description"], f"{dag['dag_id']}: {name}"


def test_every_task_has_retries_by_policy_a_timeout_and_a_pool(dags: list[dict[str, Any]]) -> None:
    for dag in dags:
        for name, task in dag["tasks"].items():
            place = f"{dag['dag_id']}.{name}"
            assert task["retries"] >= 1, place
            assert task["has_retry_policy"], f"{place}: bad data would be tried again"
            assert task["execution_timeout"], place
            assert task["execution_timeout"] <= dag["dagrun_timeout"], place
            assert task["pool"] != "default_pool", place


def test_a_task_is_a_bare_verb(dags: list[dict[str, Any]]) -> None:
    assert [name for dag in dags for name in dag["tasks"] if not name.isalpha() or not name.islower()] == []


def test_every_dag_ends_with_record_and_announce_as_plain_teardowns(dags: list[dict[str, Any]]) -> None:
    # Any other ending hides a failure: "all_done" and teardowns that may fail the run leave a failed run green.
    for dag in dags:
        tasks = dag["tasks"]
        assert list(tasks)[-2:] == ENDERS, dag["dag_id"]
        assert tasks["announce"]["downstream"] == []
        assert tasks["announce"]["upstream"] == ["record"]
        for name in ENDERS:
            assert tasks[name]["is_teardown"], f"{dag['dag_id']}.{name}"
            assert not tasks[name]["fails_the_run_alone"], f"{dag['dag_id']}.{name}"


def test_every_dag_is_run_by_a_test(dags: list[dict[str, Any]]) -> None:
    run_by_tests = set()
    for path in python_files("tests"):
        if path.parts[:2] == ("tests", "house"):
            continue
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "run":
                run_by_tests |= {value.value for value in node.args if isinstance(value, ast.Constant)}
                if not node.args:
                    run_by_tests.add("")
            # A default counts where it is used: `pipeline.run()`.
            if isinstance(node, ast.FunctionDef) and node.name == "run":
                run_by_tests |= {value.value for value in node.args.defaults if isinstance(value, ast.Constant)}
    assert {dag["dag_id"] for dag in dags} <= run_by_tests

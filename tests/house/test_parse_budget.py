"""DAG files are parsed again and again, so reading them must be cheap: CPU seconds beyond Airflow's own import."""

import json
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.test_dags import DAG_FILES, airflow_environment
from tests.house.tree import ROOT

WHOLE_FOLDER = 1.0
ONE_FILE = 0.3
SAMPLES = 3

# Every measurement runs in a fork of one process that knows airflow.sdk and nothing of ours.
PROGRAM = """
import importlib.util, json, os, sys, time
import airflow.sdk

def read(files):
    start = time.process_time()
    for file in files:
        spec = importlib.util.spec_from_file_location("measured", file)
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    return time.process_time() - start

def read_in_a_fork(files):
    receive, send = os.pipe()
    if os.fork() == 0:
        os.write(send, repr(read(files)).encode())
        os._exit(0)
    os.close(send)
    with os.fdopen(receive) as answer:
        seconds = float(answer.read())
    os.wait()
    return seconds

samples, *files = sys.argv[1:]
sets = {"all": files} | {file: [file] for file in files}
print(json.dumps({name: [read_in_a_fork(some) for _ in range(int(samples))] for name, some in sets.items()}))
"""


@pytest.fixture(scope="module")
def cpu_seconds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, float]:
    """CPU seconds of each file, and of `all`: the median of several measurements."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(SAMPLES), *map(str, DAG_FILES)],
        cwd=ROOT,
        env=airflow_environment(tmp_path_factory.mktemp("airflow")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return {name: statistics.median(times) for name, times in json.loads(done.stdout.splitlines()[-1]).items()}


def test_the_whole_folder_is_read_within_a_second(cpu_seconds: dict[str, float]) -> None:
    assert cpu_seconds["all"] <= WHOLE_FOLDER, cpu_seconds


@pytest.mark.parametrize("file", DAG_FILES, ids=str)
def test_no_file_takes_a_third_of_that(cpu_seconds: dict[str, float], file: Path) -> None:
    assert cpu_seconds[str(file)] <= ONE_FILE, f"{cpu_seconds}: import what is heavy inside the function"

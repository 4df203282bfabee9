"""DAG files are parsed again and again, so reading them must be cheap: CPU seconds beyond Airflow's own import."""

import json
import statistics
import subprocess
import sys
from pathlib import Path

from tests.house.test_dags import DAG_FILES, airflow_environment
from tests.house.tree import ROOT

WHOLE_FOLDER = 1.0
ONE_FILE = 0.3
SAMPLES = 3
MEASURE = """
import importlib.util, json, sys, time
import airflow.sdk

spent = {}
for path in sys.argv[1:]:
    start = time.process_time()
    spec = importlib.util.spec_from_file_location("measured", path)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    spent[path] = time.process_time() - start
print(json.dumps(spent))
"""


def cpu_seconds(home: Path, *files: Path) -> dict[str, float]:
    """CPU seconds that each file takes in a fresh process: the median of several."""
    samples: list[dict[str, float]] = []
    for _ in range(SAMPLES):
        done = subprocess.run(
            [sys.executable, "-c", MEASURE, *map(str, files)],
            cwd=ROOT,
            env=airflow_environment(home),
            capture_output=True,
            text=True,
            check=True,
        )
        samples.append(json.loads(done.stdout.splitlines()[-1]))
    return {file: statistics.median(sample[file] for sample in samples) for file in samples[0]}


def test_the_whole_folder_is_read_within_a_second(tmp_path: Path) -> None:
    spent = cpu_seconds(tmp_path, *DAG_FILES)
    assert sum(spent.values()) <= WHOLE_FOLDER, spent


def test_no_single_file_takes_a_third_of_that(tmp_path: Path) -> None:
    # Each in a process of its own: what files share would else be counted for the first one only.
    for file in DAG_FILES:
        (seconds,) = cpu_seconds(tmp_path, file).values()
        assert seconds <= ONE_FILE, f"{file} takes {seconds:.2f} s: import what is heavy inside the function"

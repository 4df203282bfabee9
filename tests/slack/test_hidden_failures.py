"""No ending may hide a failure: whichever task of the real pipeline fails, the run is red, and people hear it once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pipeline import Pipeline, airflow_template, make_pipeline, pipeline  # noqa: F401 - fixtures
from tests.slack.server import FakeSlack


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as server:
        yield server


def test_a_run_whose_collect_failed_is_red_and_told_once(pipeline: Pipeline, slack: FakeSlack) -> None:  # noqa: F811
    pipeline.environment["AIRFLOW_CONN_SLACK"] = slack.bot_connection
    # A file where the archive's folder should be: nothing can be archived, not even by root.
    (pipeline.folder / "archive").write_text("")
    (pipeline.inbox / "phoenix").mkdir()
    (pipeline.inbox / "phoenix" / "january-2026.csv").write_text("a,b\n1,2\n")

    run = pipeline.run()

    assert run.state == "failed"
    assert run.states("collect") == ["failed"]
    assert run.states("record") == run.states("announce") == ["success"]
    assert len(slack.messages) == 1, slack.texts
    assert "ingest_validate_load failed" in slack.texts[0]
    assert (pipeline.inbox / "phoenix" / "january-2026.csv").exists(), "what could not be taken in stays"
    (line,) = pipeline.query("select status, error_code from ops.run_log")
    assert line["status"] == "failed"


def test_a_run_whose_record_failed_is_green_and_says_so(pipeline: Pipeline, slack: FakeSlack) -> None:  # noqa: F811
    pipeline.environment["AIRFLOW_CONN_SLACK"] = slack.bot_connection
    pipeline.output.write_text("")  # a file where the folder should be

    run = pipeline.run()

    assert run.state == "success"
    assert run.states("record") == ["failed"]
    assert ["closing task record failed" in text for text in slack.texts] == [True], "told once, and no end message"

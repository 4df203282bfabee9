"""The pipeline's fixtures, for the tests on real files."""

from tests.pipeline import airflow_template, make_pipeline, pipeline

__all__ = ["airflow_template", "make_pipeline", "pipeline"]

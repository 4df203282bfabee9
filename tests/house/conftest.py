"""Fixtures of the laws that need a running pipeline."""

from tests.pipeline import airflow_template, make_pipeline, pipeline

__all__ = ["airflow_template", "make_pipeline", "pipeline"]

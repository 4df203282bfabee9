"""How the pipelines do it: the only room that knows Airflow."""

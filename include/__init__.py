"""What the pipelines do, free of Airflow and of the web."""

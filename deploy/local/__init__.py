"""The whole project on one machine: its database, its Airflow, its commands."""

"""The same deployment in containers: what runs inside them beside Airflow itself."""

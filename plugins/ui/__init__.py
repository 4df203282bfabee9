"""The pages inside Airflow: its navigation, its sessions, its authorisation."""

"""Ways to the outside, by Airflow's connections."""

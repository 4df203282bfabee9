"""The pages: what each shows, to whom, and the questions that it asks; it knows neither Airflow nor a web framework."""

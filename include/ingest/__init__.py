"""From a delivered file to rows of core: profiles, parsing, validation, spool, load. No Airflow in here."""

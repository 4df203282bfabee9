-- The final line of a run's attempt.
select
    status,
    error_code,
    period_from,
    period_to,
    rows_written,
    seconds
from ops.run_log
where dag_id = %(dag_id)s and run_id = %(run_id)s and attempt = %(attempt)s

-- The final line of a run's attempt; told again (a task was retried), the first line stays.
insert into ops.run_log
    (dag_id, run_id, attempt, status, error_code, period_from, period_to, rows_written, seconds)
values (
    %(dag_id)s,
    %(run_id)s,
    %(attempt)s,
    %(status)s,
    %(error_code)s,
    %(period_from)s,
    %(period_to)s,
    %(rows_written)s,
    %(seconds)s
)
on conflict (dag_id, run_id, attempt) do nothing

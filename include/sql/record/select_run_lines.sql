-- One line per recorded run: its last attempt.
with recorded as (
    select distinct on (run_id)
        run_at,
        dag_id,
        run_id,
        status,
        error_code,
        period_from,
        period_to,
        rows_written,
        seconds
    from ops.run_log
    where dag_id = %(dag_id)s and batch_id is null and (%(since)s::timestamptz is null or run_at >= %(since)s)
    order by run_id asc, attempt desc
)

select * from recorded
order by run_at, run_id

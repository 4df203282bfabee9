-- The newest builds of the metrics: when readers got new figures, or why not.
select
    b.started_at,
    b.published_at,
    b.status,
    b.error_code,
    b.is_full,
    array_length(b.months, 1) as n_months,
    b.rows_written,
    b.seconds,
    b.dag_id,
    b.run_id
from reporting.metric_builds as b
order by b.started_at desc
limit %(rows)s

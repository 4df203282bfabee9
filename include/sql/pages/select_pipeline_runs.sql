-- The newest runs of the pipelines.
select
    p.run_at,
    p.dag_id,
    p.run_id,
    p.attempt,
    p.status,
    p.error_code,
    p.rows_written,
    p.seconds
from reporting.pipeline_runs as p
where p.run_at >= now() - make_interval(days => %(days)s)
order by p.run_at desc
limit %(rows)s

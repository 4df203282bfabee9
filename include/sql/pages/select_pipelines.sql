-- The pipelines of the last days: runs, failures, how long they took, and the last of each.
select
    p.dag_id,
    count(*) as n_runs,
    count(*) filter (where p.status = 'failed') as n_failed,
    round((percentile_cont(0.5) within group (order by p.seconds))::numeric, 1) as seconds_median,
    round((percentile_cont(0.95) within group (order by p.seconds))::numeric, 1) as seconds_p95,
    max(p.run_at) as last_at,
    (array_agg(p.status order by p.run_at desc))[1] as last_status,
    (array_agg(p.run_id order by p.run_at desc))[1] as last_run_id
from reporting.pipeline_runs as p
where p.run_at >= now() - make_interval(days => %(days)s)
group by p.dag_id
order by n_failed desc, p.dag_id asc
limit %(rows)s

-- What became of a run's batches: how many are not home, the first failure's code, rows and period of the rest. A run
-- without batches is about the months of the metrics that it built.
select
    count(*) as batches,
    count(*) filter (where status in ('collected', 'validated', 'failed')) as batches_not_home,
    (array_agg(error_code order by finished_at, batch_id) filter (where status = 'failed'))[1] as error_code,
    coalesce(sum(rows_loaded), 0)::bigint as rows_written,
    coalesce(
        min(period_from),
        (
            select min(m.month)
            from ops.metric_builds as b
            cross join lateral unnest(b.months) as m (month)
            where b.dag_id = %(dag_id)s and b.run_id = %(run_id)s
        )
    ) as period_from,
    coalesce(
        max(period_to),
        (
            select (max(m.month) + interval '1 month' - interval '1 day')::date
            from ops.metric_builds as b
            cross join lateral unnest(b.months) as m (month)
            where b.dag_id = %(dag_id)s and b.run_id = %(run_id)s
        )
    ) as period_to
from ops.batches
where dag_id = %(dag_id)s and run_id = %(run_id)s

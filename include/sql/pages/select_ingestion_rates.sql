-- How the batches of the last days ended, by source and dataset.
select
    o.source,
    o.dataset,
    count(*) as n_batches,
    count(*) filter (where o.status in ('loaded', 'withdrawn')) as n_loaded,
    count(*) filter (where o.status = 'duplicate') as n_duplicate,
    count(*) filter (where o.status = 'failed') as n_failed,
    sum(o.rows_read)::bigint as rows_read,
    sum(o.rows_loaded)::bigint as rows_loaded,
    sum(o.rows_rejected)::bigint as rows_rejected,
    round(
        count(*) filter (where o.status in ('loaded', 'withdrawn', 'duplicate'))::numeric
        / nullif(count(*) filter (where o.status in ('loaded', 'withdrawn', 'duplicate', 'failed')), 0), 6
    ) as success_rate,
    round(
        count(*) filter (where o.status = 'failed')::numeric
        / nullif(count(*) filter (where o.status in ('loaded', 'withdrawn', 'duplicate', 'failed')), 0), 6
    ) as failure_rate,
    round(sum(o.rows_rejected) / nullif(sum(o.rows_read), 0), 6) as reject_rate
from reporting.ingestion_outcomes as o
where o.ended_at >= now() - make_interval(days => %(days)s)
    and (%(source)s::text is null or o.source = %(source)s)
group by o.source, o.dataset
order by n_failed desc, rows_rejected desc, o.source asc, o.dataset asc
limit %(rows)s

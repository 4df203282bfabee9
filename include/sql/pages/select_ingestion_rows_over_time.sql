-- Rows read, loaded and rejected by day of the organisation's zone, or by hour for a window of two days and less. Where
-- there are too many, the newest.
select * from (
    select
        date_trunc(case when %(days)s <= 2 then 'hour' else 'day' end, o.ended_at, %(zone)s) as starts_at,
        sum(o.rows_read)::bigint as rows_read,
        sum(o.rows_loaded)::bigint as rows_loaded,
        sum(o.rows_rejected)::bigint as rows_rejected,
        count(*) filter (where o.status = 'failed') as n_failed
    from reporting.ingestion_outcomes as o
    where o.ended_at >= now() - make_interval(days => %(days)s)
        and (%(source)s::text is null or o.source = %(source)s)
    group by starts_at
    order by starts_at desc
    limit %(rows)s
) as newest
order by starts_at

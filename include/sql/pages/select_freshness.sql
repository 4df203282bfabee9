-- When each source and dataset came home last, and when the next delivery is due: usual_hours is the median time between
-- two deliveries that came home, known from the third on; a delivery is late after one and a half times as long.
with arrivals as (
    select
        o.source,
        o.dataset,
        o.ended_at,
        o.newest_on,
        extract(epoch from o.ended_at - lag(o.ended_at) over (partition by o.source, o.dataset order by o.ended_at)) / 3600
            as gap
    from (
        select
            source,
            dataset,
            max(ended_at) as ended_at,
            max(period_to) as newest_on
        from reporting.ingestion_outcomes
        where status in ('loaded', 'duplicate')
            and (%(source)s::text is null or source = %(source)s)
        group by source, dataset, date_trunc('day', ended_at, %(zone)s)
    ) as o
),

summed as (
    select
        source,
        dataset,
        max(ended_at) as last_loaded_at,
        max(newest_on) as newest_on,
        case when count(gap) >= 2 then percentile_cont(0.5) within group (order by gap) end as usual_hours
    from arrivals
    group by source, dataset
),

due as (
    select
        *,
        last_loaded_at + make_interval(secs => usual_hours * 1.5 * 3600) as due_at
    from summed
)

select
    source,
    dataset,
    last_loaded_at,
    newest_on,
    round(extract(epoch from now() - last_loaded_at) / 3600, 1) as hours_since,
    round(usual_hours::numeric, 1) as usual_hours,
    due_at,
    case
        when due_at is null then 'unknown'
        when due_at < now() then 'late'
        else 'on_time'
    end as status
from due
order by coalesce(due_at < now(), false) desc, last_loaded_at desc, source asc, dataset asc
limit %(rows)s

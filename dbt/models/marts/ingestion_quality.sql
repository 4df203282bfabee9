-- One row per hour, source and dataset with batches.
with batches as (
    select
        *,
        date_trunc('hour', coalesce(finished_at, collected_at), 'UTC') as hour
    from {{ ref('stg_ops__batches') }}
    where not is_rehearsal and not is_withdrawal
),

codes as (
    select
        hour,
        source,
        dataset,
        jsonb_object_agg(code, n_rows order by code) as reject_codes
    from (
        select
            batches.hour,
            batches.source,
            batches.dataset,
            rejects.code,
            count(*) as n_rows
        from {{ ref('stg_ops__rejects') }} as rejects
        inner join batches on rejects.batch_id = batches.batch_id
        group by batches.hour, batches.source, batches.dataset, rejects.code
    ) as counted
    group by hour, source, dataset
),

counted as (
    select
        hour,
        source,
        dataset,
        count(*) as n_batches,
        count(*) filter (where status in ('loaded', 'withdrawn')) as n_loaded,
        count(*) filter (where status = 'duplicate') as n_duplicate,
        count(*) filter (where status = 'failed') as n_failed,
        count(*) filter (where status in ('loaded', 'withdrawn', 'duplicate', 'failed')) as n_ended,
        sum(rows_read) as rows_read,
        sum(rows_loaded) as rows_loaded,
        sum(rows_unchanged) as rows_unchanged,
        sum(rows_superseded) as rows_superseded,
        sum(rows_rejected) as rows_rejected,
        max(finished_at) filter (where status = 'loaded') as last_loaded_at,
        max(period_to) filter (where status = 'loaded') as newest_period_to,
        max(extract(epoch from finished_at - ((delivered_to + 1)::timestamp at time zone '{{ var("timezone") }}')) / 86400)
            filter (where status = 'loaded') as lateness_days,
        sum(seconds) as seconds
    from batches
    group by hour, source, dataset
),

final as (
    select
        counted.hour,
        counted.source,
        counted.dataset,
        counted.n_batches::integer as n_batches,
        counted.n_loaded::integer as n_loaded,
        counted.n_duplicate::integer as n_duplicate,
        counted.n_failed::integer as n_failed,
        counted.rows_read::bigint as rows_read,
        counted.rows_loaded::bigint as rows_loaded,
        counted.rows_unchanged::bigint as rows_unchanged,
        counted.rows_superseded::bigint as rows_superseded,
        counted.rows_rejected::bigint as rows_rejected,
        round((counted.n_loaded + counted.n_duplicate)::numeric / nullif(counted.n_ended, 0), 6)::numeric(20, 6)
            as success_rate,
        round(counted.n_failed::numeric / nullif(counted.n_ended, 0), 6)::numeric(20, 6) as failure_rate,
        round(counted.rows_rejected / nullif(counted.rows_read, 0), 6)::numeric(20, 6) as reject_rate,
        coalesce(codes.reject_codes, '{}'::jsonb) as reject_codes,
        counted.last_loaded_at,
        counted.newest_period_to,
        round(greatest(0, counted.lateness_days), 2)::numeric(12, 2) as lateness_days,
        counted.seconds::numeric(14, 3) as seconds
    from counted
    left join codes
        on counted.hour = codes.hour and counted.source = codes.source and counted.dataset = codes.dataset
)

select * from final

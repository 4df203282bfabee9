-- What the pages read beside the marts: how batches ended and what was rejected, without names, samples and row numbers, so
-- that readers of aggregates can count them as they happen.

-- Claims that wait are few among a million expenses; the page of operations asks for all of them.
create index expense_facts_waiting_idx on marts.expense_facts (submitted_at)
where origin = 'app' and status in ('submitted', 'approved') and submitted_at is not null;
create index expense_facts_undecided_idx on marts.expense_facts (month) where measure = 'committed';

set local role owner_reporting;

create view reporting.ingestion_outcomes with (security_barrier) as
select
    b.source,
    b.dataset,
    b.status,
    b.error_code,
    b.period_to,
    b.rows_read,
    b.rows_loaded,
    b.rows_unchanged,
    b.rows_superseded,
    b.rows_rejected,
    b.seconds,
    coalesce(b.finished_at, b.collected_at) as ended_at
from ops.batches as b
where b.status <> 'dry_run';
comment on view reporting.ingestion_outcomes is 'One row per batch that was no dry run: how it ended; no file, run or row is named.';

create view reporting.reject_counts with (security_barrier) as
select
    source,
    dataset,
    code,
    rejected_at,
    mended_by_batch_id is null and carried_to_batch_id is null as is_open
from ops.rejects;
comment on view reporting.reject_counts is 'One row per rejected row: why, and whether it still waits; nothing of what was in it.';

-- Freshness against expectation: the usual gap is the median time between days with a delivery that came home, known from the
-- third on; the next delivery is late after one and a half times as long.
create view reporting.delivery_expectations with (security_barrier) as
with arrivals as (
    select
        d.source,
        d.dataset,
        d.ended_at,
        d.newest_on,
        extract(epoch from d.ended_at - lag(d.ended_at) over (partition by d.source, d.dataset order by d.ended_at)) / 3600
            as gap
    from (
        select
            source,
            dataset,
            max(coalesce(finished_at, collected_at)) as ended_at,
            max(period_to) as newest_on
        from ops.batches
        where status in ('loaded', 'duplicate')
        group by source, dataset, date_trunc('day', coalesce(finished_at, collected_at), 'UTC')
    ) as d
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
from due;
comment on view reporting.delivery_expectations is 'One row per source and dataset that came home: when last, and when again.';

grant select on reporting.ingestion_outcomes, reporting.reject_counts, reporting.delivery_expectations
to finance, operations, analyst, auditor, dashboard;

reset role;

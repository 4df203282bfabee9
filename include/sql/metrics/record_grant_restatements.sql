-- Grants' figures of closed months that the build changes: before and after, over all rates of the month, with the
-- batches as in record_restatements. In the donor's currency a figure is null where a rate is missing.
insert into marts.grant_restatements (
    dag_id, run_id, month, grant_id, grant_budget_line_id, currency, donor_currency, spent_original_before,
    spent_original_after, committed_original_before, committed_original_after, spent_before, spent_after,
    committed_before, committed_after, batch_ids
)
with reported as (
    select
        true as is_before,
        t.month,
        t.grant_id,
        t.grant_budget_line_id,
        t.currency,
        t.donor_currency,
        t.spent_original,
        t.committed_original,
        t.spent,
        t.committed,
        t.is_rate_missing
    from marts.donor_report as t
    union all
    select
        false,
        b.month,
        b.grant_id,
        b.grant_budget_line_id,
        b.currency,
        b.donor_currency,
        b.spent_original,
        b.committed_original,
        b.spent,
        b.committed,
        b.is_rate_missing
    from marts_build.donor_report as b
),

-- A side without a row is 0, not unknown.
figures as (
    select
        r.month,
        r.grant_id,
        r.grant_budget_line_id,
        r.currency,
        r.donor_currency,
        coalesce(sum(r.spent_original) filter (where r.is_before), 0) as spent_original_before,
        coalesce(sum(r.spent_original) filter (where not r.is_before), 0) as spent_original_after,
        coalesce(sum(r.committed_original) filter (where r.is_before), 0) as committed_original_before,
        coalesce(sum(r.committed_original) filter (where not r.is_before), 0) as committed_original_after,
        case
            when count(*) filter (where r.is_before and r.is_rate_missing) = 0
                then coalesce(sum(r.spent) filter (where r.is_before), 0)
        end as spent_before,
        case
            when count(*) filter (where not r.is_before and r.is_rate_missing) = 0
                then coalesce(sum(r.spent) filter (where not r.is_before), 0)
        end as spent_after,
        case
            when count(*) filter (where r.is_before and r.is_rate_missing) = 0
                then coalesce(sum(r.committed) filter (where r.is_before), 0)
        end as committed_before,
        case
            when count(*) filter (where not r.is_before and r.is_rate_missing) = 0
                then coalesce(sum(r.committed) filter (where not r.is_before), 0)
        end as committed_after
    from reported as r
    inner join core.accounting_periods as p on r.month = p.month
    where p.status in ('closed', 'restated')
    group by r.month, r.grant_id, r.grant_budget_line_id, r.currency, r.donor_currency
)

select
    %(dag_id)s,
    %(run_id)s,
    f.*,
    coalesce(
        (
            select array_agg(distinct w.batch_id)
            from jsonb_to_recordset(%(work)s) as w (month date, batch_id uuid)
            where w.month = f.month and w.batch_id is not null
        ), '{}'
    )
from figures as f
where (f.spent_original_before, f.committed_original_before, f.spent_before, f.committed_before)
    is distinct from (f.spent_original_after, f.committed_original_after, f.spent_after, f.committed_after)

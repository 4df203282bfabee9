-- Figures of closed months that the build changes: before and after, with the batches that are known to have changed
-- the month since it was published last.
insert into marts.restatements (
    dag_id, run_id, month, department_id, category_id, currency, spend_original_before, spend_original_after,
    committed_original_before, committed_original_after, budget_original_before, budget_original_after, spend_before,
    spend_after, budget_before, budget_after, base_currency, batch_ids
)
select
    %(dag_id)s,
    %(run_id)s,
    f.month,
    f.department_id,
    f.category_id,
    f.currency,
    coalesce(max(f.spend_original) filter (where f.is_before), 0),
    coalesce(max(f.spend_original) filter (where not f.is_before), 0),
    coalesce(max(f.committed_original) filter (where f.is_before), 0),
    coalesce(max(f.committed_original) filter (where not f.is_before), 0),
    coalesce(max(f.budget_original) filter (where f.is_before), 0),
    coalesce(max(f.budget_original) filter (where not f.is_before), 0),
    case when bool_or(f.is_before) then max(f.spend) filter (where f.is_before) else 0 end,
    case when bool_or(not f.is_before) then max(f.spend) filter (where not f.is_before) else 0 end,
    case when bool_or(f.is_before) then max(f.budget) filter (where f.is_before) else 0 end,
    case when bool_or(not f.is_before) then max(f.budget) filter (where not f.is_before) else 0 end,
    max(f.base_currency),
    coalesce(
        (
            select array_agg(distinct w.batch_id)
            from jsonb_to_recordset(%(work)s) as w (month date, batch_id uuid)
            where w.month = f.month and w.batch_id is not null
        ), '{}'
    )
from (
    select
        true as is_before,
        t.month,
        t.department_id,
        t.category_id,
        t.currency,
        t.spend_original,
        t.committed_original,
        t.budget_original,
        t.spend,
        t.budget,
        t.base_currency
    from marts.monthly_spend_vs_budget as t
    union all
    select
        false,
        b.month,
        b.department_id,
        b.category_id,
        b.currency,
        b.spend_original,
        b.committed_original,
        b.budget_original,
        b.spend,
        b.budget,
        b.base_currency
    from marts_build.monthly_spend_vs_budget as b
) as f
inner join core.accounting_periods as p on f.month = p.month
where p.status in ('closed', 'restated')
group by f.month, f.department_id, f.category_id, f.currency
having coalesce(max(f.spend_original) filter (where f.is_before), 0)
    <> coalesce(max(f.spend_original) filter (where not f.is_before), 0)
    or coalesce(max(f.committed_original) filter (where f.is_before), 0)
    <> coalesce(max(f.committed_original) filter (where not f.is_before), 0)
    or coalesce(max(f.budget_original) filter (where f.is_before), 0)
    <> coalesce(max(f.budget_original) filter (where not f.is_before), 0)
    or (
        bool_or(f.is_before) and bool_or(not f.is_before)
        and (
            max(f.spend) filter (where f.is_before) is distinct from max(f.spend) filter (where not f.is_before)
            or max(f.budget) filter (where f.is_before) is distinct from max(f.budget) filter (where not f.is_before)
        )
    )

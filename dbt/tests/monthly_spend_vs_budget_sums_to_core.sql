-- To the cent, by month and currency, of all months: also of those that were built by an earlier run.
with marts as (
    select
        month,
        currency,
        sum(spend_original) as spend,
        sum(committed_original) as committed,
        sum(n_expenses) as n_expenses
    from {{ ref('monthly_spend_vs_budget') }}
    group by month, currency
    having sum(spend_original) <> 0 or sum(committed_original) <> 0 or sum(n_expenses) <> 0
),

core as (
    select
        {{ month_of('spent_on') }} as month,
        currency::text as currency,
        coalesce(sum(amount) filter (where status in ('approved', 'reimbursed', 'posted')), 0) as spend,
        coalesce(sum(amount) filter (where status = 'submitted'), 0) as committed,
        count(*) filter (where status in ('approved', 'reimbursed', 'posted')) as n_expenses
    from {{ source('core', 'expenses') }}
    where deleted_at is null
    group by 1, 2
    having sum(amount) filter (where status in ('approved', 'reimbursed', 'posted')) <> 0
        or sum(amount) filter (where status = 'submitted') <> 0
        or count(*) filter (where status in ('approved', 'reimbursed', 'posted')) <> 0
)

select
    month,
    currency
from marts
full join core using (month, currency)
where (marts.spend, marts.committed, marts.n_expenses) is distinct from (core.spend, core.committed, core.n_expenses)

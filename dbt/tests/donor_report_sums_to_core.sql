-- To the cent, by month and currency, of all months: what grants bear is what core splits over them.
with reported as (
    select
        month,
        currency,
        sum(spent_original) as spent,
        sum(committed_original) as committed,
        sum(n_expenses) as n_rows
    from {{ ref('donor_report') }}
    group by month, currency
),

core as (
    select
        {{ month_of('e.spent_on') }} as month,
        a.currency::text as currency,
        coalesce(sum(a.amount) filter (where e.status <> 'submitted'), 0) as spent,
        coalesce(sum(a.amount) filter (where e.status = 'submitted'), 0) as committed,
        count(*) as n_rows
    from {{ source('core', 'expense_allocations') }} as a
    inner join {{ source('core', 'expenses') }} as e on a.expense_id = e.id
    inner join {{ source('core', 'grants') }} as g on a.grant_id = g.id
    where a.deleted_at is null and e.deleted_at is null and g.deleted_at is null
        and e.status in ('approved', 'reimbursed', 'posted', 'submitted')
    group by 1, 2
)

select
    month,
    currency
from reported
full join core using (month, currency)
where (reported.spent, reported.committed, reported.n_rows) is distinct from (core.spent, core.committed, core.n_rows)

-- To the cent, by month and currency, of all months: the days are core's, but for expenses of which the month only is known.
with days as (
    select
        month,
        currency,
        sum(spend_original) as spend,
        sum(n_expenses) as n_expenses
    from {{ ref('daily_spend') }}
    group by month, currency
    having sum(n_expenses) <> 0
),

core as (
    select
        {{ month_of('spent_on') }} as month,
        currency::text as currency,
        sum(amount) as spend,
        count(*) as n_expenses
    from {{ source('core', 'expenses') }}
    where deleted_at is null and not is_month_only and status in ('approved', 'reimbursed', 'posted')
    group by 1, 2
)

select
    month,
    currency
from days
full join core using (month, currency)
where (days.spend, days.n_expenses) is distinct from (core.spend, core.n_expenses)

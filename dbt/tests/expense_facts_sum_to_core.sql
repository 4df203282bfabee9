-- To the cent, by month, currency and status: the facts are core's expenses, no more and no less.
with facts as (
    select
        month,
        currency,
        status,
        count(*) as n_rows,
        sum(amount) as amount
    from {{ ref('expense_facts') }}
    group by month, currency, status
),

core as (
    select
        {{ month_of('spent_on') }} as month,
        currency::text as currency,
        status::text as status,
        count(*) as n_rows,
        sum(amount) as amount
    from {{ source('core', 'expenses') }}
    where deleted_at is null and {{ in_months_of('spent_on') }}
    group by 1, 2, 3
)

select
    month,
    currency,
    status
from facts
full join core using (month, currency, status)
where facts.n_rows is distinct from core.n_rows or facts.amount is distinct from core.amount

-- To the cent, by department and currency: the months' budgets are the versions in force, each period's amount once.
with marts as (
    select department_id, currency, sum(budget_original) as budget from {{ ref('monthly_spend_vs_budget') }}
    group by department_id, currency
    having sum(budget_original) <> 0
),

core as (
    select
        b.department_id,
        b.currency::text as currency,
        sum(b.amount) as budget
    from {{ source('core', 'budgets') }} as b
    where b.deleted_at is null
        and not exists (
            -- A version that takes this one's place: higher, and in force before the period ended, or the only one that was.
            select from {{ source('core', 'budgets') }} as o
            where o.deleted_at is null
                and (o.department_id, o.granularity, o.period_from, o.period_to)
                = (b.department_id, b.granularity, b.period_from, b.period_to)
                and o.category_id is not distinct from b.category_id
                and (
                    (o.in_force_from <= o.period_to) > (b.in_force_from <= b.period_to)
                    or (
                        (o.in_force_from <= o.period_to) = (b.in_force_from <= b.period_to)
                        and o.version > b.version
                    )
                )
        )
    group by b.department_id, b.currency
    having sum(b.amount) <> 0
)

select
    department_id,
    currency
from marts
full join core using (department_id, currency)
where marts.budget is distinct from core.budget

-- One row per month, department, category and currency with a budget in force. Of a period's versions the highest counts
-- that was in force before the period ended; a quarter's or year's amount is spread evenly over its months, and what
-- does not divide falls on the last one.
with ranked as (
    select
        *,
        dense_rank() over (
            partition by department_id, category_id, granularity, period_from, period_to
            order by (in_force_from <= period_to) desc, version desc
        ) as place
    from {{ ref('stg_core__budgets') }}
),

in_force as (
    select
        department_id,
        category_id,
        currency,
        {{ month_of('period_from') }} as first_month,
        {{ month_of('period_to') }} as last_month,
        sum(amount) as amount
    from ranked
    where place = 1
    group by department_id, category_id, currency, granularity, period_from, period_to
),

spread as (
    select
        months.month::date as month,
        in_force.department_id,
        in_force.category_id,
        in_force.currency,
        case
            when months.month::date = in_force.last_month
                then in_force.amount - (sized.n_months - 1) * round(in_force.amount / sized.n_months, 2)
            else round(in_force.amount / sized.n_months, 2)
        end as amount
    from in_force
    cross join lateral (
        select
            (
                12 * (extract(year from last_month) - extract(year from first_month))
                + extract(month from last_month) - extract(month from first_month) + 1
            )::integer as n_months
    ) as sized
    cross join lateral generate_series(in_force.first_month, in_force.last_month, interval '1 month') as months (month)
),

final as (
    select
        month,
        department_id,
        category_id,
        currency,
        sum(amount)::numeric(20, 2) as amount
    from spread
    group by month, department_id, category_id, currency
)

select * from final

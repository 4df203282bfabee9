-- One row per day, department, category and currency: a series from the first day of its first month with spending to the
-- last day on which anybody spent anything, at most three months after its own last month. 0 where nothing was spent.
-- Expenses of which the month only is known are left out.
with days as (
    select * from {{ ref('int_spend__by_day') }}
    where n_expenses > 0 and not is_month_only
),

series as (
    select
        department_id,
        category_id,
        currency,
        min(month) as first_day,
        least(
            max(max(day)) over (),
            (max(month) + interval '4 months' - interval '1 day')::date
        ) as last_day
    from days
    group by department_id, category_id, currency
),

stacked as (
    select
        day,
        department_id,
        category_id,
        currency,
        n_expenses,
        spend_original,
        spend,
        is_rate_missing
    from days
    union all
    select
        calendar.day::date,
        series.department_id,
        series.category_id,
        series.currency,
        0,
        0,
        0,
        false
    from series
    cross join lateral generate_series(series.first_day, series.last_day, interval '1 day') as calendar (day)
),

final as (
    select
        day,
        {{ month_of('day') }} as month,
        department_id,
        category_id,
        currency,
        sum(n_expenses)::integer as n_expenses,
        sum(spend_original)::numeric(20, 2) as spend_original,
        case when not bool_or(is_rate_missing) then sum(spend) end::numeric(20, 2) as spend,
        '{{ var("base_currency") }}'::text as base_currency,
        bool_or(is_rate_missing) as is_rate_missing
    from stacked
    group by day, department_id, category_id, currency
)

select * from final

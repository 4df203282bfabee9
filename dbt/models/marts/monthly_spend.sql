-- One row per month, department, category and currency: a series from its first month with spending to the last month in
-- which anybody spent anything, at most a year after its own last. 0 where nothing was spent.
with months as (
    select * from {{ ref('int_spend__by_month') }}
    where n_expenses > 0
),

last_day as (
    select max(day) as day from {{ ref('int_spend__by_day') }}
    where n_expenses > 0
),

series as (
    select
        department_id,
        category_id,
        currency,
        min(month) as first_month,
        least(max(max(month)) over (), (max(month) + interval '12 months')::date) as last_month
    from months
    group by department_id, category_id, currency
),

stacked as (
    select
        month,
        department_id,
        category_id,
        currency,
        n_expenses,
        spend_original,
        spend,
        is_rate_missing
    from months
    union all
    select
        calendar.month::date,
        series.department_id,
        series.category_id,
        series.currency,
        0,
        0,
        0,
        false
    from series
    cross join lateral generate_series(series.first_month, series.last_month, interval '1 month') as calendar (month)
),

final as (
    select
        stacked.month,
        stacked.department_id,
        stacked.category_id,
        stacked.currency,
        {{ fiscal_year('stacked.month') }} as fiscal_year,
        sum(stacked.n_expenses)::integer as n_expenses,
        sum(stacked.spend_original)::numeric(20, 2) as spend_original,
        case when not bool_or(stacked.is_rate_missing) then sum(stacked.spend) end::numeric(20, 2) as spend,
        '{{ var("base_currency") }}'::text as base_currency,
        bool_or(stacked.is_rate_missing) as is_rate_missing,
        (stacked.month + interval '1 month' - interval '1 day')::date <= last_day.day as is_complete
    from stacked
    cross join last_day
    group by stacked.month, stacked.department_id, stacked.category_id, stacked.currency, last_day.day
)

select * from final

-- One row per month from the first to the last with spending or leave. Leave is booked ahead: a month after the last
-- one in which anything was spent or committed lies ahead.
with spending as (
    select
        min(month) as first_month,
        max(month) as last_month
    from {{ ref('int_spend__by_month') }}
),

leave as (
    select
        min({{ month_of('starts_on') }}) as first_month,
        max({{ month_of('starts_on') }}) as last_month
    from {{ ref('stg_core__leave_applications') }}
    where status in ('approved', 'taken', 'submitted')
),

final as (
    select
        months.month::date as month,
        coalesce(months.month > spending.last_month, false) as is_ahead
    from spending
    cross join leave
    cross join lateral generate_series(
        least(spending.first_month, leave.first_month),
        greatest(spending.last_month, leave.last_month),
        interval '1 month'
    ) as months (month)
)

select * from final

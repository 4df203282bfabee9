-- One row per month from the first to the last with spending or leave.
with bounds as (
    select
        min(month) as first_month,
        max(month) as last_month
    from (
        select month from {{ ref('int_spend__by_month') }}
        union all
        select {{ month_of('starts_on') }} as month from {{ ref('stg_core__leave_applications') }}
        where status in ('approved', 'taken', 'submitted')
    ) as seen
),

final as (
    select months.month::date as month
    from bounds
    cross join lateral generate_series(bounds.first_month, bounds.last_month, interval '1 month') as months (month)
)

select * from final

-- One row per working day of the months with data: Monday to Friday, no public holiday.
with bounds as (
    select
        min(day) as first_day,
        max(day) as last_day
    from (
        select month as day from {{ ref('int_months__of_data') }}
        union all
        select (month + interval '1 month' - interval '1 day')::date from {{ ref('int_months__of_data') }}
        union all
        select ends_on from {{ ref('stg_core__leave_applications') }}
    ) as seen
),

final as (
    select
        days.day::date as day,
        {{ month_of('days.day') }} as month
    from bounds
    cross join lateral generate_series(bounds.first_day, bounds.last_day, interval '1 day') as days (day)
    left join {{ ref('stg_ops__holidays') }} as holidays on days.day::date = holidays.day
    where extract(isodow from days.day) <= 5 and holidays.day is null
)

select * from final

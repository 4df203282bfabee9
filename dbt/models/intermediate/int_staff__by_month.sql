-- One row per month and department in which somebody worked there; people count for the department they are in now.
with months as (
    select * from {{ ref('int_months__of_data') }}
),

staff as (
    select * from {{ ref('stg_core__users') }}
    where is_active or left_on is not null
),

workdays as (
    select * from {{ ref('int_workdays') }}
),

employed as (
    select
        months.month,
        staff.department_id,
        staff.employee_id,
        staff.hired_on,
        staff.left_on,
        (
            select count(*) from workdays
            where workdays.month = months.month
                and (staff.hired_on is null or workdays.day >= staff.hired_on)
                and (staff.left_on is null or workdays.day <= staff.left_on)
        ) as days
    from months
    inner join staff
        on (staff.hired_on is null or months.month + interval '1 month' > staff.hired_on)
        and (staff.left_on is null or months.month <= staff.left_on)
),

final as (
    select
        month,
        department_id,
        count(*) filter (
            where left_on is null or left_on >= (month + interval '1 month' - interval '1 day')::date
        )::integer as n_staff,
        count(*) filter (where {{ month_of('hired_on') }} = month)::integer as n_joined,
        count(*) filter (where {{ month_of('left_on') }} = month)::integer as n_left,
        sum(days)::numeric(12, 2) as staff_days
    from employed
    group by month, department_id
)

select * from final

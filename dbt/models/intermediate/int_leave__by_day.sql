-- One row per leave application and day that it takes: the working days between its first and last, each with its share of
-- the days that were applied for; an application without a working day, or of which only the month is known, is one row.
with applications as (
    select
        leave_application_id,
        employee_id,
        leave_type,
        case when status = 'submitted' then 'requested' else 'approved' end as state,
        starts_on,
        ends_on,
        is_month_only,
        coalesce(days, hours / 8) as days
    from {{ ref('stg_core__leave_applications') }}
    where status in ('approved', 'taken', 'submitted')
),

on_workdays as (
    select
        applications.leave_application_id,
        workdays.day
    from applications
    inner join {{ ref('int_workdays') }} as workdays
        on workdays.day between applications.starts_on and applications.ends_on
    where not applications.is_month_only
),

counted as (
    select
        applications.*,
        coalesce(on_workdays.day, applications.starts_on) as day,
        count(on_workdays.day) over (partition by applications.leave_application_id) as n_workdays
    from applications
    left join on_workdays on applications.leave_application_id = on_workdays.leave_application_id
),

final as (
    select
        counted.leave_application_id,
        counted.employee_id,
        users.department_id,
        counted.leave_type,
        counted.state,
        counted.day,
        {{ month_of('counted.day') }} as month,
        case
            when counted.n_workdays = 0 then coalesce(counted.days, 0)
            else coalesce(counted.days, counted.n_workdays) / counted.n_workdays
        end::numeric(20, 8) as days
    from counted
    inner join {{ ref('stg_core__users') }} as users on counted.employee_id = users.employee_id
)

select * from final

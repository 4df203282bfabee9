-- One row per month, department and kind of leave with applications in the month, or entitlement in its year.
with days as (
    select * from {{ ref('int_leave__by_day') }}
),

staff as (
    select * from {{ ref('int_staff__by_month') }}
),

months as (
    select month from {{ ref('int_months__of_data') }}
    union
    select month from days
),

workdays as (
    select
        month,
        count(*)::integer as workdays
    from {{ ref('int_workdays') }}
    group by month
),

entitled as (
    select
        entitlements.year,
        users.department_id,
        entitlements.leave_type,
        sum(entitlements.days) as days
    from {{ ref('stg_core__leave_entitlements') }} as entitlements
    inner join {{ ref('stg_core__users') }} as users on entitlements.employee_id = users.employee_id
    group by entitlements.year, users.department_id, entitlements.leave_type
),

used as (
    select
        month,
        department_id,
        leave_type,
        count(distinct employee_id) filter (where state = 'approved') as n_people,
        count(distinct leave_application_id) as n_applications,
        coalesce(sum(days) filter (where state = 'approved'), 0) as days_approved,
        coalesce(sum(days) filter (where state = 'requested'), 0) as days_requested
    from days
    group by month, department_id, leave_type
),

overlapping as (
    select
        month,
        department_id,
        max(n_people) as max_overlap
    from (
        select
            month,
            department_id,
            day,
            count(distinct employee_id) as n_people
        from days
        where state = 'approved'
        group by month, department_id, day
    ) as away
    group by month, department_id
),

stacked as (
    select
        month,
        department_id,
        leave_type,
        n_people,
        n_applications,
        days_approved,
        days_requested,
        0::numeric as entitlement_days
    from used
    union all
    select
        months.month,
        entitled.department_id,
        entitled.leave_type,
        0,
        0,
        0,
        0,
        entitled.days
    from entitled
    inner join months on extract(year from months.month) = entitled.year
),

complete as (
    select
        month,
        department_id,
        leave_type,
        sum(n_people) as n_people,
        sum(n_applications) as n_applications,
        sum(days_approved) as days_approved,
        sum(days_requested) as days_requested,
        sum(entitlement_days) as entitlement_days
    from stacked
    group by month, department_id, leave_type
),

summed as (
    select
        complete.*,
        sum(complete.days_approved) over (
            partition by extract(year from complete.month), complete.department_id, complete.leave_type
            order by complete.month
        ) as days_used_ytd
    from complete
),

final as (
    select
        summed.month,
        summed.department_id,
        summed.leave_type,
        summed.n_people::integer as n_people,
        summed.n_applications::integer as n_applications,
        summed.days_approved::numeric(12, 2) as days_approved,
        summed.days_requested::numeric(12, 2) as days_requested,
        coalesce(staff.n_staff, 0) as n_staff,
        coalesce(workdays.workdays, 0) as workdays,
        coalesce(staff.staff_days, 0)::numeric(12, 2) as staff_days,
        round(summed.days_approved / nullif(staff.staff_days, 0), 6)::numeric(20, 6) as absence_rate,
        coalesce(overlapping.max_overlap, 0)::integer as max_overlap,
        summed.entitlement_days::numeric(12, 2) as entitlement_days,
        summed.days_used_ytd::numeric(12, 2) as days_used_ytd,
        case
            when summed.entitlement_days > 0 then summed.entitlement_days - summed.days_used_ytd
        end::numeric(12, 2) as balance_days
    from summed
    left join workdays on summed.month = workdays.month
    left join staff
        on summed.month = staff.month and summed.department_id is not distinct from staff.department_id
    left join overlapping
        on summed.month = overlapping.month and summed.department_id is not distinct from overlapping.department_id
)

select * from final

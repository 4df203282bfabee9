-- Leave of the month by department and kind: entitlement, balance, and how many were away at once.
select
    coalesce(u.department_name, 'No department') as department_name,
    u.leave_type,
    u.n_people,
    u.days_approved,
    u.days_requested,
    u.absence_rate,
    u.max_overlap,
    u.entitlement_days,
    u.days_used_ytd,
    u.balance_days
from reporting.leave_usage as u
where u.month = %(last)s
order by department_name asc, u.leave_type asc
limit %(rows)s

-- Leave of the last months by month and kind. Where there are too many rows, the newest months.
select * from (
    select
        u.month,
        u.leave_type,
        sum(u.n_people)::bigint as n_people,
        sum(u.n_applications)::bigint as n_applications,
        sum(u.days_approved) as days_approved,
        sum(u.days_requested) as days_requested
    from reporting.leave_usage as u
    where u.month > %(last)s::date - make_interval(months => %(months)s) and u.month <= %(last)s
    group by u.month, u.leave_type
    order by u.month desc, u.leave_type asc
    limit %(rows)s
) as newest
order by month asc, leave_type asc

-- Staff of the last months by department; a group of fewer than three is withheld from readers of aggregates. Where there
-- are too many rows, the newest months.
select * from (
    select
        h.month,
        coalesce(h.department_name, 'No department') as department_name,
        h.n_staff,
        h.n_joined,
        h.n_left,
        h.n_staff is null as is_withheld
    from reporting.headcount as h
    where h.month > %(last)s::date - make_interval(months => %(months)s) and h.month <= %(last)s
    order by h.month desc, department_name asc
    limit %(rows)s
) as newest
order by month asc, department_name asc

-- The month by department, for whoever may see no more than groups of three people and more.
select
    coalesce(o.department_name, 'No department') as department_name,
    o.spend,
    o.committed,
    o.n_expenses,
    o.n_people,
    o.is_withheld,
    o.is_rate_missing,
    o.base_currency as currency
from reporting.spend_overview as o
where o.month = %(in_month)s
order by o.spend desc nulls last, department_name asc
limit %(rows)s

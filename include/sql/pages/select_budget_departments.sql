-- The month by department.
select
    coalesce(s.department_code, '-') as department_code,
    coalesce(s.department_name, 'No department') as department_name,
    case when not bool_or(s.is_rate_missing) then sum(s.spend) end as spend,
    case when not bool_or(s.is_rate_missing) then sum(s.committed) end as committed,
    case when not bool_or(s.is_rate_missing) then sum(s.budget) end as budget,
    case when not bool_or(s.is_rate_missing) then sum(s.variance) end as variance,
    max(s.base_currency) as currency
from reporting.monthly_budget_status as s
where s.month = %(in_month)s
    and (%(department)s::text is null or coalesce(s.department_code, '-') = %(department)s)
    and (%(category)s::text is null or coalesce(s.category_code, '-') = %(category)s)
group by s.department_code, s.department_name
having sum(s.spend) <> 0 or sum(s.committed) <> 0 or sum(s.budget) <> 0 or bool_or(s.is_rate_missing)
order by spend desc nulls first, department_name asc
limit %(rows)s

-- What the chosen grant bore of the month, by department.
select
    coalesce(g.department_code, '-') as department_code,
    coalesce(g.department_name, 'No department') as department_name,
    case when not bool_or(g.is_rate_missing) then sum(g.spend) end as spend,
    case when not bool_or(g.is_rate_missing) then sum(g.committed) end as committed,
    null::numeric as budget,
    null::numeric as variance,
    max(g.base_currency) as currency
from reporting.grant_spend as g
where g.grant_code = %(for_grant)s
    and g.month = %(in_month)s
    and (%(department)s::text is null or coalesce(g.department_code, '-') = %(department)s)
    and (%(category)s::text is null or coalesce(g.category_code, '-') = %(category)s)
group by g.department_code, g.department_name
order by spend desc nulls first, department_name asc
limit %(rows)s

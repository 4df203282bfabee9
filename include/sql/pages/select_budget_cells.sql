-- The month by department and category: the variance table.
select
    coalesce(s.department_code, '-') as department_code,
    coalesce(s.department_name, 'No department') as department_name,
    coalesce(s.category_code, '-') as category_code,
    coalesce(s.category_name, 'No category') as category_name,
    s.n_expenses,
    s.spend,
    s.committed,
    s.budget,
    s.variance,
    s.variance_pct,
    s.share_used,
    s.spend_ytd,
    s.budget_ytd,
    s.variance_ytd,
    s.base_currency as currency,
    s.status,
    exists(
        select from reporting.restatements as r
        where r.month = s.month
            and r.department_code is not distinct from s.department_code
            and r.category_code is not distinct from s.category_code
    ) as is_restated
from reporting.monthly_budget_status as s
where s.month = %(in_month)s
    and (%(department)s::text is null or coalesce(s.department_code, '-') = %(department)s)
    and (%(category)s::text is null or coalesce(s.category_code, '-') = %(category)s)
    and (
        s.spend is null or s.spend <> 0 or s.committed <> 0 or s.budget <> 0 or s.spend_ytd <> 0 or s.budget_ytd <> 0
    )
order by s.variance asc nulls first, department_name asc, category_name asc
limit %(rows)s

-- What the month can be narrowed to: departments and categories with figures in its fiscal year, and all grants.
select distinct
    'department' as kind,
    coalesce(s.department_code, '-') as code,
    coalesce(s.department_name, 'No department') as name
from reporting.monthly_budget_status as s
where s.month between %(first)s and %(last)s
union
select distinct
    'category',
    coalesce(s.category_code, '-'),
    coalesce(s.category_name, 'No category')
from reporting.monthly_budget_status as s
where s.month between %(first)s and %(last)s
union
select distinct
    'grant',
    g.grant_code,
    g.grant_title
from reporting.grant_burn as g
where g.month between %(first)s and %(last)s
order by kind, name, code
limit %(rows)s

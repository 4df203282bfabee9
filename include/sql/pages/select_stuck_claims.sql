-- The claims that have waited longest.
select
    c.expense_id,
    c.submitted_at,
    coalesce(c.department_name, 'No department') as department_name,
    coalesce(c.category_name, 'No category') as category_name,
    c.status,
    c.days_open,
    c.amount,
    c.currency
from reporting.open_claims as c
order by c.days_open desc, c.expense_id asc
limit %(rows)s

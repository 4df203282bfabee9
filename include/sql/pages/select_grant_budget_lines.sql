-- The chosen grant's budget lines at the end of the chosen month, over all departments; none before its first month
-- and after its last.
select
    coalesce(g.budget_line_code, '-') as budget_line_code,
    coalesce(g.budget_line_name, 'Charged to no line') as budget_line_name,
    g.budget,
    g.spent_to_date,
    g.committed_to_date,
    g.unspent,
    g.share_used,
    g.share_of_time,
    g.currency,
    g.status
from reporting.grant_burn as g
where g.grant_code = %(for_grant)s and g.month = %(in_month)s
order by g.budget_line_code
limit %(rows)s

-- The chosen grant's budget lines as they stand this month, or at its end.
with latest as (
    select
        g.*,
        coalesce(
            max(g.month) filter (where g.month <= %(this_month)s) over (), min(g.month) over ()
        ) as last_month
    from reporting.grant_burn as g
    where g.grant_code = %(for_grant)s
)

select
    coalesce(l.budget_line_code, '-') as budget_line_code,
    coalesce(l.budget_line_name, 'Charged to no line') as budget_line_name,
    l.budget,
    l.spent_to_date,
    l.committed_to_date,
    l.unspent,
    l.share_used,
    l.share_of_time,
    l.burn_rate,
    l.projected_unspent,
    l.currency,
    l.status
from latest as l
where l.month = l.last_month
order by l.budget_line_code
limit %(rows)s

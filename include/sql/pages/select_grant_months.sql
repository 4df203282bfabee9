-- The chosen grant month by month: spending to date beside the budget, and what an even burn would have spent. Where there
-- are too many months, the newest.
select * from (
    select
        g.month,
        sum(g.spent) as spent,
        sum(g.spent_to_date) as spent_to_date,
        sum(g.committed_to_date) as committed_to_date,
        sum(g.budget) as budget,
        max(g.share_of_time) as share_of_time,
        round(sum(g.budget) * max(g.share_of_time), 2) as even_burn,
        max(g.currency) as currency
    from reporting.grant_burn as g
    where g.grant_code = %(for_grant)s and g.month <= %(this_month)s
    group by g.month
    order by g.month desc
    limit %(rows)s
) as newest
order by month

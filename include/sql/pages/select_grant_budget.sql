-- The chosen grant's budget at the end of the chosen month, over all of its lines, in the donor's currency; no row
-- before its first month and after its last, null where a rate that a sum needs is missing.
select
    g.grant_code,
    g.grant_title,
    sum(g.budget) as budget,
    case when count(g.spent_to_date) = count(*) then sum(g.spent_to_date) end as spent_to_date,
    case when count(g.unspent) = count(*) then sum(g.unspent) end as unspent,
    case
        when count(g.spent_to_date) = count(*) then round(sum(g.spent_to_date) / nullif(sum(g.budget), 0), 6)
    end as share_used,
    max(g.share_of_time) as share_of_time,
    max(g.currency) as currency
from reporting.grant_burn as g
where g.grant_code = %(for_grant)s and g.month = %(in_month)s
group by g.grant_code, g.grant_title
order by g.grant_code
limit %(rows)s

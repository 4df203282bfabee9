-- What the chosen grant bore of the month, in the currencies that were paid in, with the rate of each.
select
    g.currency,
    sum(g.spend_original) as spend_original,
    sum(g.committed_original) as committed_original,
    max(g.rate) as rate,
    max(g.rate_kind) as rate_kind,
    case when not bool_or(g.is_rate_missing) then sum(g.spend) end as spend,
    bool_or(g.is_rate_missing) as is_rate_missing,
    max(g.base_currency) as base_currency
from reporting.grant_spend as g
where g.grant_code = %(for_grant)s
    and g.month = %(in_month)s
    and (%(department)s::text is null or coalesce(g.department_code, '-') = %(department)s)
    and (%(category)s::text is null or coalesce(g.category_code, '-') = %(category)s)
group by g.currency
order by sum(g.spend) desc nulls last, g.currency asc
limit %(rows)s

-- Whom the money that the chosen grant bore of the month went to; who may not see payees gets tokens.
select
    coalesce(g.vendor_name, 'No payee') as vendor_name,
    sum(g.n_expenses)::bigint as n_expenses,
    case when not bool_or(g.is_rate_missing) then sum(g.spend) end as spend,
    max(g.base_currency) as currency,
    coalesce(bool_or(g.is_unreviewed_vendor), false) as is_unreviewed
from reporting.grant_spend as g
where g.grant_code = %(for_grant)s
    and g.month = %(in_month)s
    and g.n_expenses > 0
    and (%(department)s::text is null or coalesce(g.department_code, '-') = %(department)s)
    and (%(category)s::text is null or coalesce(g.category_code, '-') = %(category)s)
group by g.vendor_id, g.vendor_name
order by spend desc nulls first, vendor_name asc
limit %(rows)s

-- Whom the month's money went to; who may not see payees gets tokens.
select
    coalesce(v.vendor_name, 'No payee') as vendor_name,
    sum(v.n_expenses)::bigint as n_expenses,
    case when not bool_or(v.is_rate_missing) then sum(v.spend) end as spend,
    max(v.base_currency) as currency,
    coalesce(bool_or(v.is_unreviewed_vendor), false) as is_unreviewed
from reporting.vendor_spend as v
where v.month = %(in_month)s
    and (%(department)s::text is null or coalesce(v.department_code, '-') = %(department)s)
    and (%(category)s::text is null or coalesce(v.category_code, '-') = %(category)s)
group by v.vendor_id, v.vendor_name
order by spend desc nulls first, vendor_name asc
limit %(rows)s

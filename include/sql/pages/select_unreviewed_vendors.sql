-- The month's payees that came with a ledger and nobody has looked at.
select
    v.vendor_name,
    sum(v.n_expenses)::bigint as n_expenses,
    case when not bool_or(v.is_rate_missing) then sum(v.spend) end as spend,
    max(v.base_currency) as currency
from reporting.vendor_spend as v
where v.month = %(in_month)s and v.is_unreviewed_vendor
group by v.vendor_id, v.vendor_name
order by spend desc nulls first, v.vendor_name asc
limit %(rows)s

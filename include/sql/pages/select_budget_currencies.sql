-- The month in the currencies that were paid in, with the rate of each.
select
    s.currency,
    sum(s.spend_original) as spend_original,
    sum(s.committed_original) as committed_original,
    max(s.rate) as rate,
    max(s.rate_kind) as rate_kind,
    case when not bool_or(s.is_rate_missing) then sum(s.spend) end as spend,
    bool_or(s.is_rate_missing) as is_rate_missing,
    max(s.base_currency) as base_currency
from reporting.monthly_spend_vs_budget as s
where s.month = %(in_month)s
    and (%(department)s::text is null or coalesce(s.department_code, '-') = %(department)s)
    and (%(category)s::text is null or coalesce(s.category_code, '-') = %(category)s)
group by s.currency
having sum(s.spend_original) <> 0 or sum(s.committed_original) <> 0
order by sum(s.spend) desc nulls last, s.currency asc
limit %(rows)s

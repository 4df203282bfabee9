-- The month's figures in all, in the base currency; null where a rate is missing.
select
    count(*) as n_figures,
    sum(s.n_expenses)::bigint as n_expenses,
    case when not bool_or(s.is_rate_missing) then sum(s.spend) end as spend,
    case when not bool_or(s.is_rate_missing) then sum(s.committed) end as committed,
    case when not bool_or(s.is_rate_missing) then sum(s.budget) end as budget,
    case when not bool_or(s.is_rate_missing) then sum(s.variance) end as variance,
    case when not bool_or(s.is_rate_missing) then round(sum(s.spend) / nullif(sum(s.budget), 0), 6) end as share_used,
    case when count(s.spend_ytd) = count(*) then sum(s.spend_ytd) end as spend_ytd,
    case when count(s.budget_ytd) = count(*) then sum(s.budget_ytd) end as budget_ytd,
    case when count(s.variance_ytd) = count(*) then sum(s.variance_ytd) end as variance_ytd,
    case when count(s.run_rate) = count(*) then sum(s.run_rate) end as run_rate,
    case when count(s.fx_effect) = count(*) then sum(s.fx_effect) end as fx_effect,
    count(*) filter (where s.is_rate_missing) as n_rates_missing,
    max(s.base_currency) as currency
from reporting.monthly_spend_vs_budget as s
where s.month = %(in_month)s
    and (%(department)s::text is null or coalesce(s.department_code, '-') = %(department)s)
    and (%(category)s::text is null or coalesce(s.category_code, '-') = %(category)s)

-- What the chosen grant bore in the month and in its fiscal year so far, in the base currency; null where a rate is
-- missing. Budgets of departments are not divided among grants: what depends on them is null.
select
    count(*) as n_figures,
    coalesce(sum(g.n_expenses) filter (where g.month = %(in_month)s), 0)::bigint as n_expenses,
    case
        when not coalesce(bool_or(g.month = %(in_month)s and g.is_rate_missing), false)
            then coalesce(sum(g.spend) filter (where g.month = %(in_month)s), 0)
    end as spend,
    case
        when not coalesce(bool_or(g.month = %(in_month)s and g.is_rate_missing), false)
            then coalesce(sum(g.committed) filter (where g.month = %(in_month)s), 0)
    end as committed,
    null::numeric as budget,
    null::numeric as variance,
    null::numeric as share_used,
    case when not coalesce(bool_or(g.is_rate_missing), false) then coalesce(sum(g.spend), 0) end as spend_ytd,
    null::numeric as budget_ytd,
    null::numeric as variance_ytd,
    null::numeric as run_rate,
    null::numeric as fx_effect,
    count(*) filter (where g.month = %(in_month)s and g.is_rate_missing) as n_rates_missing,
    max(g.base_currency) as currency
from reporting.grant_spend as g
where g.grant_code = %(for_grant)s
    and g.month between %(first)s and %(last)s
    and (%(department)s::text is null or coalesce(g.department_code, '-') = %(department)s)
    and (%(category)s::text is null or coalesce(g.category_code, '-') = %(category)s)

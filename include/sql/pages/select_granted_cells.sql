-- What the chosen grant bore of the month and of its fiscal year so far, by department and category.
select
    coalesce(g.department_code, '-') as department_code,
    coalesce(g.department_name, 'No department') as department_name,
    coalesce(g.category_code, '-') as category_code,
    coalesce(g.category_name, 'No category') as category_name,
    coalesce(sum(g.n_expenses) filter (where g.month = %(in_month)s), 0)::bigint as n_expenses,
    case
        when not bool_or(g.month = %(in_month)s and g.is_rate_missing)
            then coalesce(sum(g.spend) filter (where g.month = %(in_month)s), 0)
    end as spend,
    case
        when not bool_or(g.month = %(in_month)s and g.is_rate_missing)
            then coalesce(sum(g.committed) filter (where g.month = %(in_month)s), 0)
    end as committed,
    null::numeric as budget,
    null::numeric as variance,
    null::numeric as variance_pct,
    null::numeric as share_used,
    case when not bool_or(g.is_rate_missing) then sum(g.spend) end as spend_ytd,
    null::numeric as budget_ytd,
    null::numeric as variance_ytd,
    max(g.base_currency) as currency,
    null::text as status,
    null::boolean as is_restated
from reporting.grant_spend as g
where g.grant_code = %(for_grant)s
    and g.month between %(first)s and %(last)s
    and (%(department)s::text is null or coalesce(g.department_code, '-') = %(department)s)
    and (%(category)s::text is null or coalesce(g.category_code, '-') = %(category)s)
group by g.department_code, g.department_name, g.category_code, g.category_name
order by spend desc nulls first, department_name asc, category_name asc
limit %(rows)s

-- The months of the fiscal year up to the chosen one: spending beside the budget, and what became of each month's books.
select
    s.month,
    case when not bool_or(s.is_rate_missing) then sum(s.spend) end as spend,
    case when not bool_or(s.is_rate_missing) then sum(s.committed) end as committed,
    case when not bool_or(s.is_rate_missing) then sum(s.budget) end as budget,
    max(s.base_currency) as currency,
    coalesce(max(p.status::text), 'open') as status,
    bool_or(s.is_restated) as is_restated
from reporting.monthly_spend_vs_budget as s
left join reporting.accounting_periods as p on s.month = p.month
where s.month between %(first)s and %(last)s
    and (%(department)s::text is null or coalesce(s.department_code, '-') = %(department)s)
    and (%(category)s::text is null or coalesce(s.category_code, '-') = %(category)s)
group by s.month
order by s.month
limit %(rows)s

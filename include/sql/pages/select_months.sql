-- The months that have figures, newest first, and where each stands.
select
    m.month,
    m.fiscal_year,
    coalesce(p.status::text, 'open') as status
from (
    select
        s.month,
        max(s.fiscal_year) as fiscal_year
    from reporting.monthly_spend_vs_budget as s
    group by s.month
) as m
left join reporting.accounting_periods as p on m.month = p.month
order by m.month desc
limit %(rows)s

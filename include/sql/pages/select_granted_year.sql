-- The months of the fiscal year up to the chosen one: what the chosen grant bore, and what became of each month's books.
with borne as (
    select
        g.month,
        case when not bool_or(g.is_rate_missing) then sum(g.spend) end as spend,
        case when not bool_or(g.is_rate_missing) then sum(g.committed) end as committed,
        max(g.base_currency) as currency
    from reporting.grant_spend as g
    where g.grant_code = %(for_grant)s
        and g.month between %(first)s and %(last)s
        and (%(department)s::text is null or coalesce(g.department_code, '-') = %(department)s)
        and (%(category)s::text is null or coalesce(g.category_code, '-') = %(category)s)
    group by g.month
)

select
    m.month::date as month,
    case when b.month is null then 0 else b.spend end as spend,
    case when b.month is null then 0 else b.committed end as committed,
    null::numeric as budget,
    max(b.currency) over () as currency,
    coalesce(p.status::text, 'open') as status,
    null::boolean as is_restated
from generate_series(%(first)s::timestamp, %(last)s::timestamp, interval '1 month') as m (month)
left join borne as b on m.month = b.month
left join reporting.accounting_periods as p on m.month = p.month
where exists (select from borne)
order by m.month
limit %(rows)s

-- The months that a run restated, with the number of figures: those of departments and categories with the change in the
-- base currency, those of grants with the grants' codes.
with cells as (
    select
        r.month,
        count(*) as n_figures,
        sum(r.spend_after - r.spend_before) as spend_change,
        count(*) filter (where r.spend_after is null or r.spend_before is null) as n_without_rate,
        max(r.base_currency) as base_currency
    from marts.restatements as r
    where r.dag_id = %(dag_id)s and r.run_id = %(run_id)s and r.restated_at = now()
    group by r.month
),

lines as (
    select
        r.month,
        count(*) as n_grant_figures,
        array_agg(distinct g.code::text) filter (where g.code is not null) as grants
    from marts.grant_restatements as r
    left join core.grants as g on r.grant_id = g.id
    where r.dag_id = %(dag_id)s and r.run_id = %(run_id)s and r.restated_at = now()
    group by r.month
)

select
    coalesce(c.month, l.month) as month,
    coalesce(c.n_figures, 0) as n_figures,
    coalesce(c.spend_change, 0) as spend_change,
    coalesce(c.n_without_rate, 0) as n_without_rate,
    coalesce(c.base_currency, '') as base_currency,
    coalesce(l.n_grant_figures, 0) as n_grant_figures,
    coalesce(l.grants, '{}') as grants
from cells as c
full join lines as l on c.month = l.month
order by month

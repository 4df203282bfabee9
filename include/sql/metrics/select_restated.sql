-- The months that a run restated, with the number of figures and the change in the base currency.
select
    r.month,
    count(*) as n_figures,
    sum(r.spend_after - r.spend_before) as spend_change,
    count(*) filter (where r.spend_after is null or r.spend_before is null) as n_without_rate,
    max(r.base_currency) as base_currency
from marts.restatements as r
where r.dag_id = %(dag_id)s and r.run_id = %(run_id)s and r.restated_at = now()
group by r.month
order by r.month

-- Claims that wait now, by age and by what they wait for; no sum where a rate is missing.
select
    c.age_bucket,
    count(*) filter (where c.status = 'submitted') as n_to_approve,
    count(*) filter (where c.status = 'approved') as n_to_pay,
    count(*) filter (where c.is_stuck) as n_stuck,
    case when count(c.amount_base) = count(*) then sum(c.amount_base) end as amount_base,
    count(*) - count(c.amount_base) as n_rates_missing,
    max(c.base_currency) as currency
from reporting.open_claims as c
group by c.age_bucket
order by min(c.days_open)
limit %(rows)s

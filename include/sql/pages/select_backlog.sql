-- Claims that wait now, by age and by what they wait for.
select
    c.age_bucket,
    count(*) filter (where c.status = 'submitted') as n_to_approve,
    count(*) filter (where c.status = 'approved') as n_to_pay,
    count(*) filter (where c.is_stuck) as n_stuck,
    sum(c.amount_base) as amount_base,
    max(c.base_currency) as currency
from reporting.open_claims as c
group by c.age_bucket
order by min(c.days_open)
limit %(rows)s

-- To the cent, by currency: months, years and series agree, in the original currency; and none is made out of nothing.
with sums as (
    select 'monthly' as mart, currency, sum(spend_original) as original
    from {{ ref('monthly_spend_vs_budget') }} group by currency
    union all
    select 'annual', currency, sum(spend_original)
    from {{ ref('annual_spend_vs_budget') }} group by currency
    union all
    select 'series', currency, sum(spend_original)
    from {{ ref('monthly_spend') }} group by currency
)

select
    currency,
    count(distinct original) as n_sums
from sums
where original <> 0
group by currency
having count(distinct original) <> 1 or count(*) <> 3

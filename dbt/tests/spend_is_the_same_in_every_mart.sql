-- To the cent, by currency: months, years, days and series agree, in the original and in the base currency.
with sums as (
    select 'monthly' as mart, currency, sum(spend_original) as original, sum(spend) as base
    from {{ ref('monthly_spend_vs_budget') }} group by currency
    union all
    select 'annual', currency, sum(spend_original), null
    from {{ ref('annual_spend_vs_budget') }} group by currency
    union all
    select 'daily', currency, sum(spend_original), sum(spend)
    from {{ ref('daily_spend') }} group by currency
    union all
    select 'series', currency, sum(spend_original), null
    from {{ ref('monthly_spend') }} group by currency
)

select
    currency,
    count(distinct original) as n_sums
from sums
where original <> 0
group by currency
having count(distinct original) <> 1 or count(distinct base) > 1

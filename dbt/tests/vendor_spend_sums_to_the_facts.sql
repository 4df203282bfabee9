-- To the cent, by month and currency.
with vendors as (
    select month, currency, sum(spend_original) as spend from {{ ref('vendor_spend') }} group by month, currency
),

facts as (
    select month, currency, sum(amount) as spend from {{ ref('expense_facts') }}
    where measure = 'spent' group by month, currency
)

select
    month,
    currency
from vendors
full join facts using (month, currency)
where vendors.spend is distinct from facts.spend

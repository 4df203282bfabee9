-- To the cent, by month, grant and currency.
with borne as (
    select
        month,
        grant_id,
        currency,
        sum(spend_original) as spend,
        sum(committed_original) as committed
    from {{ ref('grant_spend') }}
    group by month, grant_id, currency
),

facts as (
    select
        month,
        grant_id,
        currency,
        coalesce(sum(amount) filter (where measure = 'spent'), 0) as spend,
        coalesce(sum(amount) filter (where measure = 'committed'), 0) as committed
    from {{ ref('allocation_facts') }}
    where measure in ('spent', 'committed')
    group by month, grant_id, currency
)

select
    month,
    grant_id,
    currency
from borne
full join facts using (month, grant_id, currency)
where (borne.spend, borne.committed) is distinct from (facts.spend, facts.committed)

-- One row per month and pair of currencies that something has to be converted between, and what for.
with rates as (
    select * from {{ ref('int_fx_rates__by_month') }}
),

wanted as (
    select
        month,
        currency,
        'base'::text as purpose,
        sum(n_expenses) as n_rows,
        sum(spend_original + committed_original) as amount_original
    from {{ ref('int_spend__by_month') }}
    where currency <> '{{ var("base_currency") }}'
    group by month, currency
    union all
    select
        month,
        currency,
        'budget',
        count(*),
        sum(amount)
    from {{ ref('int_budgets__by_month') }}
    where currency <> '{{ var("base_currency") }}'
    group by month, currency
),

for_grants as (
    select
        month,
        currency,
        donor_currency,
        donor_id,
        sum(n_expenses) as n_rows,
        sum(spent_original + committed_original) as amount_original,
        min(rate) as rate,
        min(rate_kind) as rate_kind,
        sum(n_rates_missing) > 0 as is_missing
    from {{ ref('int_allocations__by_month') }}
    where currency <> donor_currency
    group by month, currency, donor_currency, donor_id
),

final as (
    select
        wanted.month,
        wanted.currency as from_currency,
        '{{ var("base_currency") }}'::text as to_currency,
        wanted.purpose,
        null::uuid as donor_id,
        wanted.n_rows::integer as n_rows,
        wanted.amount_original::numeric(20, 2) as amount_original,
        rates.rate::numeric(24, 12) as rate,
        rates.rate_kind,
        rates.rate_on,
        rates.rate is null as is_missing
    from wanted
    left join rates on wanted.month = rates.month and wanted.currency = rates.currency
    union all
    select
        month,
        currency,
        donor_currency,
        'grant',
        donor_id,
        n_rows::integer,
        amount_original::numeric(20, 2),
        rate::numeric(24, 12),
        rate_kind,
        null::date,
        is_missing
    from for_grants
)

select * from final

-- One row per month, grant, budget line, currency and rate with anything spent or committed. Kept from run to run, like
-- int_spend__by_day.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_months() }}",
    indexes=[{'columns': ['month']}],
) }}

select
    month,
    grant_id,
    grant_budget_line_id,
    donor_id,
    currency,
    donor_currency,
    rate,
    rate_kind,
    count(*)::integer as n_expenses,
    coalesce(sum(amount) filter (where measure = 'spent'), 0)::numeric(20, 2) as spent_original,
    coalesce(sum(amount) filter (where measure = 'committed'), 0)::numeric(20, 2) as committed_original,
    coalesce(sum(amount_donor) filter (where measure = 'spent'), 0)::numeric(20, 2) as spent,
    coalesce(sum(amount_donor) filter (where measure = 'committed'), 0)::numeric(20, 2) as committed,
    coalesce(sum(amount_donor) filter (where measure = 'spent' and not is_in_window), 0)::numeric(20, 2)
        as spent_outside_window,
    count(*) filter (where is_rate_missing)::integer as n_rates_missing
from {{ ref('int_allocations__converted') }}
where measure in ('spent', 'committed')
group by month, grant_id, grant_budget_line_id, donor_id, currency, donor_currency, rate, rate_kind

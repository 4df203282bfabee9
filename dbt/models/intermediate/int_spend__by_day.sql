-- One row per day, department, category and currency with anything spent or committed, apart for expenses of which the
-- month only is known. Kept from run to run: the run's months are forgotten and written anew, all other months stand.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_months() }}",
    indexes=[{'columns': ['month']}],
) }}

select
    spent_on as day,
    month,
    is_month_only,
    department_id,
    category_id,
    currency,
    count(*) filter (where measure = 'spent')::integer as n_expenses,
    coalesce(sum(amount) filter (where measure = 'spent'), 0)::numeric(20, 2) as spend_original,
    coalesce(sum(amount) filter (where measure = 'committed'), 0)::numeric(20, 2) as committed_original,
    coalesce(sum(amount_base) filter (where measure = 'spent'), 0)::numeric(20, 2) as spend,
    coalesce(sum(amount_base) filter (where measure = 'committed'), 0)::numeric(20, 2) as committed,
    bool_or(amount_base is null) as is_rate_missing
from {{ ref('int_expenses__measured') }}
where measure in ('spent', 'committed')
group by spent_on, month, is_month_only, department_id, category_id, currency

-- One row per share of an expense of the run's months that a grant bears.
{{ config(materialized='view') }}

select
    allocation_id,
    expense_id,
    month,
    spent_on,
    measure,
    grant_id,
    grant_budget_line_id,
    amount,
    currency,
    donor_currency,
    rate,
    rate_kind,
    amount_donor,
    is_rate_missing,
    is_in_window
from {{ ref('int_allocations__converted') }}

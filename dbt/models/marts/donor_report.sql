-- One row per grant, budget line, month, currency and rate with anything spent or committed: what a donor asks to see.
select
    grant_id,
    grant_budget_line_id,
    month,
    currency,
    donor_currency,
    n_expenses,
    spent_original,
    committed_original,
    rate,
    rate_kind,
    case when rate is not null then spent end::numeric(20, 2) as spent,
    case when rate is not null then committed end::numeric(20, 2) as committed,
    rate is null as is_rate_missing
from {{ ref('int_allocations__by_month') }}

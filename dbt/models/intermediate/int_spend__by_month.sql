-- One row per month, department, category and currency with anything spent or committed.
select
    month,
    department_id,
    category_id,
    currency,
    sum(n_expenses)::integer as n_expenses,
    sum(spend_original)::numeric(20, 2) as spend_original,
    sum(committed_original)::numeric(20, 2) as committed_original,
    sum(spend)::numeric(20, 2) as spend,
    sum(committed)::numeric(20, 2) as committed,
    bool_or(is_rate_missing) as is_rate_missing
from {{ ref('int_spend__by_day') }}
group by month, department_id, category_id, currency

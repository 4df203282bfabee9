-- One row per share of an expense that a grant bears.
select
    id as allocation_id,
    expense_id,
    grant_id,
    grant_budget_line_id,
    amount,
    currency::text as currency,
    updated_at::timestamptz as updated_at
from {{ source('core', 'expense_allocations') }}
where deleted_at is null

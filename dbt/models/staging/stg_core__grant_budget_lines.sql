-- One row per line of a grant's budget.
select
    id as grant_budget_line_id,
    grant_id,
    code::text as code,
    name::text as name,
    category_id,
    amount::numeric(20, 2) as amount,
    currency::text as currency
from {{ source('core', 'grant_budget_lines') }}
where deleted_at is null

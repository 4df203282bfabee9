-- One row per line of a grant's budget.
select
    grant_budget_line_id,
    grant_id,
    code,
    name,
    category_id,
    amount,
    currency
from {{ ref('stg_core__grant_budget_lines') }}

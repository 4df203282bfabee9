-- One row per line of a grant's budget.
select * from {{ ref('stg_core__grant_budget_lines') }}

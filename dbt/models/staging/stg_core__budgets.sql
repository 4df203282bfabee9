-- One row per budget line of one version.
select
    id as budget_id,
    department_id,
    category_id,
    period_from,
    period_to,
    granularity::text as granularity,
    amount::numeric(20, 2) as amount,
    currency::text as currency,
    version,
    in_force_from
from {{ source('core', 'budgets') }}
where deleted_at is null

-- One row per line of a grant's budget, also when it was deleted: it then gives nothing, and what is charged to it stays.
select
    id as grant_budget_line_id,
    grant_id,
    code::text as code,
    name::text as name,
    category_id,
    case when deleted_at is null then amount else 0 end::numeric(20, 2) as amount,
    currency::text as currency,
    deleted_at is not null as is_deleted
from {{ source('core', 'grant_budget_lines') }}

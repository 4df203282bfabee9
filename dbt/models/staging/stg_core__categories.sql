-- One row per expense category.
select
    id as category_id,
    code::text as code,
    name::text as name,
    account_code::text as account_code,
    parent_id,
    is_active,
    is_unreviewed
from {{ source('core', 'categories') }}
where deleted_at is null

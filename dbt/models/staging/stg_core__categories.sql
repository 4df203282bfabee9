-- One row per expense category, also when it was deleted: what names it stays.
select
    id as category_id,
    code::text as code,
    name::text as name,
    account_code::text as account_code,
    parent_id,
    is_active and deleted_at is null as is_active,
    is_unreviewed
from {{ source('core', 'categories') }}

-- One row per department, also when it was deleted: what names it stays.
select
    id as department_id,
    code::text as code,
    name::text as name,
    cost_centre::text as cost_centre,
    parent_id,
    is_active and deleted_at is null as is_active,
    is_unreviewed
from {{ source('core', 'departments') }}

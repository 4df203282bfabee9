-- One row per department.
select
    id as department_id,
    code::text as code,
    name::text as name,
    cost_centre::text as cost_centre,
    parent_id,
    is_active,
    is_unreviewed
from {{ source('core', 'departments') }}
where deleted_at is null

-- One row per member of staff: no name, no contact, no salary.
select
    id as employee_id,
    department_id,
    hired_on,
    left_on,
    is_active
from {{ source('core', 'users') }}
where deleted_at is null

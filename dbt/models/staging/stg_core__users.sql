-- One row per member of staff, also when the row was deleted, which ends what it counts for: no name, no contact, no
-- salary.
select
    id as employee_id,
    department_id,
    hired_on,
    case
        when is_active then least(left_on, (deleted_at at time zone '{{ var("timezone") }}')::date)
        else left_on
    end as left_on,
    is_active and deleted_at is null as is_active
from {{ source('core', 'users') }}

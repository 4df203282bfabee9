-- One row per member of staff, kind of leave and calendar year.
select
    id as leave_entitlement_id,
    employee_id,
    leave_type::text as leave_type,
    year,
    days
from {{ source('core', 'leave_entitlements') }}
where deleted_at is null

-- One row per leave application: no reason.
select
    id as leave_application_id,
    employee_id,
    leave_type::text as leave_type,
    status::text as status,
    starts_on,
    ends_on,
    is_month_only,
    days,
    hours
from {{ source('core', 'leave_applications') }}
where deleted_at is null

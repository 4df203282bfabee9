-- One row per expense, of all months.
select
    id as expense_id,
    {{ month_of('spent_on') }} as month,
    spent_on,
    is_month_only,
    origin::text as origin,
    kind::text as kind,
    status::text as status,
    amount,
    currency::text as currency,
    submitted_at::timestamptz as submitted_at,
    approved_at::timestamptz as approved_at,
    paid_at::timestamptz as paid_at,
    department_id,
    category_id,
    vendor_id,
    employee_id,
    source::text as source,
    batch_id
from {{ source('core', 'expenses') }}
where deleted_at is null

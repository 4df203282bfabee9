-- One row per grant.
select
    id as grant_id,
    code::text as code,
    title::text as title,
    donor_id,
    currency::text as currency,
    amount::numeric(20, 2) as amount,
    starts_on,
    ends_on,
    status::text as status
from {{ source('core', 'grants') }}
where deleted_at is null

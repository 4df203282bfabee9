-- One row per donor.
select
    id as donor_id,
    code::text as code,
    name::text as name,
    currency::text as currency
from {{ source('core', 'donors') }}
where deleted_at is null

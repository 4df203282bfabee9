-- One row per donor, also when it was deleted: what names it stays.
select
    id as donor_id,
    code::text as code,
    name::text as name,
    currency::text as currency
from {{ source('core', 'donors') }}

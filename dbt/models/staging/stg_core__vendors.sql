-- One row per vendor: its key, and whether somebody has looked at it.
select
    id as vendor_id,
    is_unreviewed
from {{ source('core', 'vendors') }}
where deleted_at is null

-- One row per vendor, also when it was deleted: its key, and whether somebody has looked at it.
select
    id as vendor_id,
    is_unreviewed
from {{ source('core', 'vendors') }}

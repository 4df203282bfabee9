-- One row per rejected row: its batch and the code of its reason, nothing of its content.
select
    reject_id,
    batch_id,
    code
from {{ source('ops', 'rejects') }}

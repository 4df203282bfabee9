-- Which of these files were answered for, in the order in which they must reach the inbox.
select batch_id, source, kind, file_name, sha256, delivered_at is not null as is_delivered
from ops.api_batches
where batch_id = any(%(batch_ids)s)
order by file_name

delete from ops.api_batches where batch_id = %(batch_id)s and delivered_at is null

update ops.api_batches set delivered_at = now() where batch_id = %(batch_id)s and delivered_at is null

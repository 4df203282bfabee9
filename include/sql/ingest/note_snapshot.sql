update ops.batches set is_snapshot = true where batch_id = %(batch_id)s

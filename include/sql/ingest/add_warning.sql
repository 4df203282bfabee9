update ops.batches set warnings = warnings || %(warnings)s::jsonb where batch_id = %(batch_id)s

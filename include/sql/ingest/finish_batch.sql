-- Ends a batch that loads nothing: a duplicate, a dry run, or a failure.
update ops.batches
set
    status = %(status)s,
    error_code = %(error_code)s,
    warnings = warnings || %(warnings)s::jsonb,
    finished_at = clock_timestamp(),
    seconds = seconds + %(seconds)s
where batch_id = %(batch_id)s

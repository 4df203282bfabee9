update ops.batches
set
    status = 'validated',
    error_code = null,
    profile_version = %(profile_version)s,
    rows_read = %(rows_read)s,
    rows_skipped = %(rows_skipped)s,
    rows_accepted = %(rows_accepted)s,
    rows_rejected = %(rows_rejected)s,
    warnings = %(warnings)s,
    spool_uri = %(spool_uri)s,
    spool_sha256 = %(spool_sha256)s,
    seconds = %(seconds)s
where batch_id = %(batch_id)s

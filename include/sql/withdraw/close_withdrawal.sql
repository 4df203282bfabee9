update ops.batches
set
    status = 'withdrawn',
    rows_updated = %(restored)s,
    rows_deleted = %(deleted)s,
    warnings = %(warnings)s,
    period_from = (select min(o.month) from outcome as o),
    period_to = (select max(o.month) from outcome as o),
    withdrawn_at = now(),
    withdrawn_by = %(withdrawn_by)s,
    finished_at = clock_timestamp(),
    seconds = extract(epoch from clock_timestamp() - now())
where batch_id = %(withdrawal)s

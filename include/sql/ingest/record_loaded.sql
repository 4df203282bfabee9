update ops.batches
set
    status = 'loaded',
    error_code = null,
    rows_inserted = %(inserted)s,
    rows_updated = %(updated)s,
    rows_unchanged = %(unchanged)s,
    rows_superseded = %(superseded)s,
    rows_rejected = rows_rejected + %(rejected)s,
    rows_accepted = rows_accepted - %(rejected)s,
    rows_deleted = %(deleted)s,
    period_from = (select min(o.month) from outcome as o),
    period_to = (select max(o.month) from outcome as o),
    finished_at = clock_timestamp(),
    seconds = seconds + extract(epoch from clock_timestamp() - now())
where batch_id = %(batch_id)s

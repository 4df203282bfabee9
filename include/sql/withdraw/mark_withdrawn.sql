update ops.batches
set status = 'withdrawn', withdrawn_at = now(), withdrawn_by = %(withdrawn_by)s, withdrawal_batch_id = %(withdrawal)s
where batch_id = any(%(batches)s)

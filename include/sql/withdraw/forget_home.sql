-- The bytes may be loaded again on purpose; what they confirmed or mended is open again.
with forgotten as (
    delete from ops.ledger where batch_id = any(%(batches)s)
),

unseen as (
    delete from ops.sightings where batch_id = any(%(batches)s)
)

update ops.rejects set mended_by_batch_id = null, mended_at = null where mended_by_batch_id = any(%(batches)s)

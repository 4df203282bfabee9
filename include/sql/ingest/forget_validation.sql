-- A batch that is validated again: its rejects and sums are told anew from the same file.
with old_rejects as (
    delete from ops.rejects where batch_id = %(batch_id)s
)
delete from ops.batch_amounts where batch_id = %(batch_id)s
